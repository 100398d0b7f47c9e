"""What suppressors keep away at a time: what intake asks before it opens a case."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

#: The kind and the value of an identifier.
Identifier = tuple[str, str]


@dataclass(frozen=True)
class Standing:
    """The suppressors in force: scope, subject and typology of each, in their order."""

    rows: tuple[tuple[str, tuple[str, ...], str | None], ...] = ()

    def accounts(self, typology: str | None = None) -> frozenset[str]:
        """Accounts that open no case of a typology; without one, of whatever typology."""
        held = (subject for subject in self._of("account", typology))
        return frozenset(account for subject in held for account in subject)

    def covers(
        self,
        queued: Collection[str],
        everybody: Collection[str],
        typology: str | None,
        shared: Iterable[Identifier] = (),
    ) -> bool:
        """Whether no case is to be opened on a candidate.

        Parameters
        ----------
        queued
            Its accounts that a queue holds.
        everybody
            All its accounts.
        shared
            The identifiers that two of them share.
        """
        if set(queued) <= self.accounts(typology):
            return bool(queued)
        if any(set(everybody) <= set(subject) for subject in self._of("members", typology)):
            return True
        ties = set(shared)
        known = {(kind, value) for kind, value in self._of("identifier", typology)}
        return len(everybody) > 1 and bool(ties) and ties <= known

    def _of(self, scope: str, typology: str | None) -> list[tuple[str, ...]]:
        return [
            subject for one, subject, only in self.rows
            if one == scope and (only is None or only == typology)
        ]  # fmt: skip


#: No suppressor at all.
NOTHING: Final = Standing()


def standing(connection: sqlite3.Connection, at: str) -> Standing:
    """The suppressors in force at a time."""
    rows = connection.execute(
        "SELECT scope, subject, typology FROM suppressors WHERE state = 'active' "
        "AND since <= ? AND until > ? ORDER BY suppressor_id", (at, at),
    )  # fmt: skip
    return Standing(tuple((row[0], tuple(json.loads(row[1])), row[2]) for row in rows))
