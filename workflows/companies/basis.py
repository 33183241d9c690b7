"""What a run's company ids are told by, as digests: the same on every host that works on it (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.frozen import Frozen


class CompanyBasis(Frozen):
    """The digests of the index and of the overrides, and a keyed fingerprint that tells salts apart.

    Where one of them differs, company ids may: what was merged under others is merged again.
    """

    index: str
    overrides: str
    salt: str

    def named(self) -> dict[str, str]:
        """The digests as messages call them."""
        return {
            "index of known companies": self.index,
            "overrides of companies": self.overrides,
            "salt of temporary ids (its fingerprint)": self.salt,
        }

    def differences(self, other: CompanyBasis, here: str, there: str) -> Iterator[str]:
        """What differs, a line each."""
        theirs = other.named()
        for name, digest in self.named().items():
            if theirs[name] != digest:
                yield f"{name}: {digest} {here}, {theirs[name]} {there}"
