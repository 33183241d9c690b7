"""Temporary ids of customers that nothing knows: equal on every host under one secret salt (pure).

An HMAC, because a plain digest of a name would tell the name to whoever tries names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

_PREFIX = "IN"
# 16 letters of base32.
_ID_BYTES = 10
_FINGERPRINT_OF = b"workdatahub: which salt makes the temporary company ids"


def temporary_id(name: str, salt: bytes) -> str:
    """``IN`` and 16 letters for a normalised name."""
    digest = hmac.digest(salt, name.encode(), hashlib.sha256)
    return _PREFIX + base64.b32encode(digest[:_ID_BYTES]).decode()


def fingerprint(salt: bytes) -> str:
    """What tells one salt from another, and not what the salt is: a keyed digest of a text that is no name."""
    return hmac.digest(salt, _FINGERPRINT_OF, hashlib.sha256).hex()[:16]
