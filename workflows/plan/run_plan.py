"""What a run does or did, as one document: a part for each of its domains (pure).

A run of one domain is written as its part alone, so that ``plan.json`` is then a ``Plan``.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import Field

from workflows.frozen import Frozen
from workflows.plan.model import Block, Outcome, Plan

_FIRST_THAT_HOLDS: tuple[Outcome, ...] = ("failed", "blocked", "planned", "verified", "loaded")
"""What one of the parts says of all of them; without any of these nothing was changed."""


class RunPlan(Frozen):
    """The parts are carried out in one transaction, in their order, or none of them is.

    ``skipped`` says why domains that were asked for are no part. ``work`` and ``seal`` are as a ``Plan`` has them, of
    the whole; those of a part are empty, as it cannot be applied by itself.
    """

    parts: tuple[Plan, ...] = Field(min_length=1)
    skipped: dict[str, str] = Field(default_factory=dict)
    work: str = ""
    seal: str = ""

    @classmethod
    def read(cls, content: bytes) -> RunPlan:
        """The document of a ``plan.json`` or ``receipt.json``; raises ValidationError."""
        try:
            is_joint = "parts" in json.loads(content)
        except (ValueError, TypeError):
            is_joint = False
        if is_joint:
            return cls.model_validate_json(content)
        plan = Plan.model_validate_json(content)
        return cls(parts=(plan,), work=plan.work, seal=plan.seal)

    def content(self) -> bytes:
        """The document as it is written."""
        document = self if self.is_joint else self.parts[0]
        return document.model_dump_json(indent=1).encode() + b"\n"

    @property
    def is_joint(self) -> bool:
        """Whether it is of several domains, or was meant to be."""
        return len(self.parts) > 1 or bool(self.skipped)

    @property
    def outcome(self) -> Outcome:
        """What happened to all of it: a blocked part blocks all, a loaded one makes it loaded."""
        outcomes = {part.outcome for part in self.parts}
        return next((each for each in _FIRST_THAT_HOLDS if each in outcomes), "unchanged")

    @property
    def domains(self) -> str:
        """Its domains as people write them: ``a,b``."""
        return ",".join(part.domain for part in self.parts)

    @property
    def execute(self) -> bool:
        """Whether it was carried out."""
        return self.parts[0].execute

    @property
    def plan_only(self) -> bool:
        """Whether it was not."""
        return self.parts[0].plan_only

    @property
    def database(self) -> str | None:
        """The database of all parts."""
        return self.parts[0].database

    @property
    def is_compared(self) -> bool:
        """Whether its parts were compared with the live tables."""
        return all(part.comparison is not None for part in self.parts)

    @property
    def undoes(self) -> list[str]:
        """The loads that it takes back."""
        return [part.undoes for part in self.parts if part.undoes]

    @property
    def is_receipt(self) -> bool:
        """Whether it tells of committed loads."""
        return self.parts[0].load_id is not None

    @property
    def records(self) -> int:
        """The records of all parts."""
        return sum(part.records for part in self.parts)

    @property
    def reject_rows(self) -> int:
        """The rejected rows of all parts."""
        return sum(part.reject_rows for part in self.parts)

    @property
    def blocked_by(self) -> list[tuple[str, Block]]:
        """The closed gates, each with its domain."""
        return [(part.domain, block) for part in self.parts for block in part.blocked_by]

    @property
    def plan_id(self) -> str:
        """A digest of what would be loaded and how."""
        if not self.is_joint:
            return self.parts[0].plan_id
        return hashlib.sha256(" ".join(part.plan_id for part in self.parts).encode()).hexdigest()[:32]

    def sealed(self) -> RunPlan:
        """The document with a digest of all that it says, by which an edited one is known."""
        if not self.is_joint:
            part = self.parts[0].altered(work=self.work).sealed()
            return self.altered(parts=(part,), seal=part.seal)
        return self.altered(seal=self._digest())

    @property
    def is_as_sealed(self) -> bool:
        """Whether nothing in it was edited since."""
        return self.seal == self._digest() if self.is_joint else self.parts[0].is_as_sealed

    def _digest(self) -> str:
        said: dict[str, Any] = self.model_dump(mode="json", exclude={"seal"})
        canonical = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8", "backslashreplace")).hexdigest()[:32]
