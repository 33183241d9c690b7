"""What every forked worker would make anew, made once in the process that they are forked from."""

from __future__ import annotations

import gc

from workflows.domains.domain import Domain

# The largest that malloc learns from is 32 MB.
_LARGE_BLOCK_BYTES = 32_000_000


def warm_up(domain: Domain) -> None:
    """Build the column types of ``domain``, which a small file would take a while to do anew.

    What is there by now lives as long as the process, so the garbage collector is told to pass over it; that also
    keeps forked workers from copying its memory.
    """
    for name in domain.kinds:
        domain.adapter(name)
    # Until a large block was once freed, Linux's malloc maps and unmaps every list of more than 128 KB anew; after it
    # workers keep their memory, which saves a twentieth of reading a file. Nothing here is ever touched.
    bytearray(_LARGE_BLOCK_BYTES)
    gc.freeze()
