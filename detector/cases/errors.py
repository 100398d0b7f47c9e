"""What goes wrong with cases, each with a sentence for whoever asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from detector.errors import EnduseError, UsageError


class CasesError(EnduseError):
    """The folder of cases cannot be used."""


class DamagedCases(CasesError):
    """The folder of cases is not what was written to it."""


class CasesBusy(CasesError):
    """Another writer holds the folder; nothing was done."""


class CasesFull(CasesError):
    """The disk took nothing more; nothing was done, and reading goes on."""


class LossRefused(CasesError):
    """The folder is older than what its anchors say was acknowledged."""


class Refused(UsageError):
    """Somebody may not do this, or not now; the sentence says what he may."""


class Unknown(UsageError):
    """There is no such case, person, account or letter."""


class Conflict(Refused):
    """The case is not what it was when it was looked at; ``now`` says what changed."""

    def __init__(self, sentence: str, now: Mapping[str, Any]) -> None:
        super().__init__(sentence)
        self.now = now
