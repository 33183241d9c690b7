"""Temporary ids of customers that nothing knows: equal on every host under one secret salt (pure).

An HMAC, because a plain digest of a name would tell the name to whoever tries names.
"""

from __future__ import annotations

import hmac

_PREFIX = "IN"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = [first + second for first in _BASE32 for second in _BASE32]
# 16 letters of base32 are 80 bits, in eight pairs of ten.
_ID_BYTES, _SHIFTS = 10, range(70, -1, -10)
_FINGERPRINT_OF = b"workdatahub: which salt makes the temporary company ids"


class TemporaryIds:
    """Makes the ids under a salt, which none of its texts shows."""

    def __init__(self, salt: bytes) -> None:
        # Copied for each name: beginning anew takes three times as long.
        self._keyed = hmac.new(salt, digestmod="sha256")

    def id_of(self, name: str) -> str:
        """``IN`` and 16 letters of base32 for a normalised name."""
        number = int.from_bytes(self._digest(name.encode())[:_ID_BYTES], "big")
        # base64.b32encode takes four times as long, and names are many.
        return _PREFIX + "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])

    @property
    def fingerprint(self) -> str:
        """What tells one salt from another, and not what the salt is: a keyed digest of a text that is no name."""
        return self._digest(_FINGERPRINT_OF).hex()[:16]

    def _digest(self, message: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(message)
        return keyed.digest()
