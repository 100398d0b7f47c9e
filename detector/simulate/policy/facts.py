"""What is known of parties in a world, and what lane L should say of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

import polars as pl

#: Place and name of headquarters, by account; None where the provider was not told.
Told = list[str | None]

TRUTH: Final = pl.Schema(
    {
        "account_id": pl.String(),
        "shape": pl.String(),
        "rule": pl.String(),
        "role": pl.String(),
        "party": pl.String(),
        "condition": pl.String(),
        "outcome": pl.String(),
        "queues": pl.Boolean(),
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the consolidated list; days count from the start of the window."""

    source: str
    name: str
    country: str
    aliases: tuple[str, ...] = ()
    person: bool = False
    start: int = -900
    end: int | None = None
    city: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What was planted: a party of an account, and what a rule should say of it.

    Attributes
    ----------
    account : row of the account, or None where the case is about none.
    shape : what was planted, in words.
    rule : the rule's id.
    role, party : as which the account has to do with whom.
    condition : met, possible, unknown or not_met.
    outcome : match, inquire, unknown or clear, at the end of the world.
    queues : whether it must be in queue ``policy``; None where that is for the rules to weigh.
    """

    account: int | None
    shape: str
    rule: str
    role: str
    party: str
    condition: str
    outcome: str
    queues: bool | None


@dataclass(frozen=True, slots=True)
class Known:
    """What accounts say of their headquarters, parents and local names."""

    hq: Told
    parent: Told
    parent_hq: Told
    local: Told

    def columns(self) -> list[pl.Series]:
        """Return the columns, one value an account."""
        named = {
            "hq_country": self.hq, "ultimate_parent_name": self.parent,
            "ultimate_parent_hq_country": self.parent_hq, "local_name": self.local,
        }  # fmt: skip
        return [pl.Series(name, values, dtype=pl.String) for name, values in named.items()]


@dataclass(slots=True)
class Policy:
    """All facts that lane L reads, as they are planned.

    Attributes
    ----------
    known : new columns of ``accounts``.
    owners : ``account_owners`` with its new columns.
    links, partners, customers, exceptions : rows of the new tables.
    entries : the list.
    later : entries that came when these had their numbers.
    sold_as : for some accounts the family under which their main model is sold.
    cases : what was planted.
    """

    known: Known
    owners: pl.DataFrame
    links: list[dict[str, Any]] = field(default_factory=list)
    partners: list[dict[str, Any]] = field(default_factory=list)
    customers: list[dict[str, Any]] = field(default_factory=list)
    exceptions: list[dict[str, Any]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    later: list[Entry] = field(default_factory=list)
    sold_as: dict[int, str] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)

    def list_party(self, entry: Entry) -> Entry:
        """Put a party on the list; return it."""
        self.entries.append(entry)
        return entry

    def own(
        self, owned: str, owner: str, low: float | None, high: float | None, **more: Any
    ) -> None:
        """Record that one company owns a part of another."""
        row = {"owned_name": owned, "owner_name": owner, "share_min": low, "share_max": high}
        self.links.append(row | more)

    def expect(self, case: Case, **changes: Any) -> None:
        """Write down what should come of a party."""
        self.cases.append(replace(case, **changes))

    def truth(self, ids: pl.Series) -> pl.DataFrame:
        """Return what was planted, by account and rule."""
        rows = [
            {name: getattr(case, name) for name in TRUTH if name != "account_id"}
            | {"account_id": None if case.account is None else ids[case.account]}
            for case in self.cases
        ]
        return pl.DataFrame(rows, schema=TRUTH).sort("account_id", "rule", "shape", nulls_last=True)


def owned_by(entry: Entry) -> dict[str, Any]:
    """What an owner row says of an owner that is on the list, so that it is surely that one."""
    return {
        "owner_kind": "entity", "owner_country": entry.country, "owner_hq_country": entry.country,
    }  # fmt: skip
