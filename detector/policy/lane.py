"""A lane beside behaviour: a function of what was known at as-of, that gives findings.

A lane sets its own column of the scores, and may ask for the queue ``policy``. It never moves
a score, a rank, a reason or a time line of lane B.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Final

import polars as pl

from detector.policy.lists import Lists
from detector.policy.packs import Packs
from detector.results import LANE_E, LANE_L, LEADS_SCHEMA, POLICY_SCHEMA
from detector.results.runparts import RunEvidence, RunPolicy
from features.rollups import Rollups

#: The column of each lane in the scores, and what a row of it holds.
COLUMNS: Final[Mapping[str, tuple[str, pl.Struct]]] = {
    "L": ("lane_l", LANE_L),
    "E": ("lane_e", LANE_E),
}


@dataclass(frozen=True)
class Known:
    """What was known at ``as_of``.

    ``known["accounts"]`` is a table in the contract's columns, empty where nobody sent it; of
    tables that grow there are sums alone (a LookupError says so);
    ``present`` names the tables that were sent. ``accounts`` are the ids that are scored, and
    ``rollups`` sums of the tables that grow: usage, model use, events. ``packs`` are the rules,
    ``lists`` what parties are screened against (None where the source has none), and lists
    older than ``list_days`` clear nobody. ``screen`` gives the hits of parties
    (``detector.policy.names.screen.HITS``); ``unseen`` says how many entries no name of the
    source was compared with, as under pseudonyms: nobody is clear of them. ``compare`` gives
    the hits of parties on entries of one's own.
    """

    as_of: datetime
    present: frozenset[str]
    accounts: pl.Series
    rollups: Rollups
    table: Callable[[str], pl.DataFrame]
    packs: Packs
    lists: Lists | None
    list_days: int
    screen: Callable[[pl.DataFrame], pl.DataFrame]
    compare: Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]
    unseen: int = 0

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.table(name)

    def parts(self, size: int) -> Iterator[Known]:
        """What is known of so many accounts after the other; rows of no account are in each."""
        for part in self.accounts.to_frame("account_id").iter_slices(size):
            yield self if part.height == self.accounts.len() else self._of(part["account_id"])

    def _of(self, accounts: pl.Series) -> Known:
        @cache
        def table(name: str) -> pl.DataFrame:
            rows = self.table(name)
            if "account_id" not in rows.columns:
                return rows
            whose = pl.col("account_id")
            return rows.filter(whose.is_null() | whose.is_in(accounts.implode()))

        return replace(self, accounts=accounts, table=table)


@dataclass(frozen=True)
class Findings:
    """What a lane found.

    Attributes
    ----------
    lane : str
        "L" or "E".
    rows : pl.DataFrame
        ``account_id`` and columns of ``LANE_L`` or ``LANE_E``; those left out are null. An
        account's rows are shown in their order.
    asks : sequence of str
        Accounts that a person should look at, in queue ``policy`` where lane B and decisions
        leave them in none.
    ran : bool
        False where what the lane reads is not there: its silence clears nobody.
    policy : pl.DataFrame
        The rows in full, in ``POLICY_SCHEMA``, as ``policy.parquet`` holds them.
    told : RunPolicy or None
        What lane L asked, for ``run.json``.
    leads : pl.DataFrame
        What notices say, in ``LEADS_SCHEMA``, as ``leads.parquet`` holds it.
    evidence : RunEvidence or None
        What lane E read, for ``run.json``.
    """

    lane: str
    rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame({"account_id": []}))
    asks: Sequence[str] = ()
    ran: bool = True
    policy: pl.DataFrame = field(default_factory=POLICY_SCHEMA.to_frame)
    told: RunPolicy | None = None
    leads: pl.DataFrame = field(default_factory=LEADS_SCHEMA.to_frame)
    evidence: RunEvidence | None = None

    def __post_init__(self) -> None:
        if self.lane not in COLUMNS:
            raise ValueError(f"a lane is one of {', '.join(COLUMNS)}; found {self.lane!r}")
        known = {"account_id", *COLUMNS[self.lane][1].to_schema()}
        strange = sorted(set(self.rows.columns) - known)
        if strange or "account_id" not in self.rows.columns:
            raise ValueError(
                f"rows of lane {self.lane} have account_id and {', '.join(sorted(known))}; "
                f"found {', '.join(self.rows.columns)}"
            )


Lane = Callable[[Known], Findings]


def ran(findings: Iterable[Findings]) -> dict[str, bool]:
    """Which lanes ran, behaviour among them."""
    heard = {found.lane for found in findings if found.ran}
    return {"B": True, **{lane: lane in heard for lane in COLUMNS}}


def asked_for(findings: Iterable[Findings], accounts: pl.Series) -> pl.Series:
    """Which accounts (bool, in their order) some lane asks a person to look at."""
    wanted = {account for found in findings for account in found.asks}
    return accounts.is_in(pl.Series(sorted(wanted), dtype=pl.String).implode())


def policy_of(findings: Iterable[Findings]) -> tuple[pl.DataFrame, RunPolicy | None]:
    """What ``policy.parquet`` and ``run.json`` hold of all findings."""
    found = list(findings)
    told = [one.told for one in found if one.told is not None]
    rows = pl.concat([POLICY_SCHEMA.to_frame(), *(one.policy for one in found)])
    return rows, told[0] if told else None


def leads_of(findings: Iterable[Findings]) -> tuple[pl.DataFrame, RunEvidence | None]:
    """What ``leads.parquet`` and ``run.json`` hold of all findings."""
    found = list(findings)
    told = [one.evidence for one in found if one.evidence is not None]
    rows = pl.concat([LEADS_SCHEMA.to_frame(), *(one.leads for one in found)])
    return rows, told[0] if told else None


def lane_columns(findings: Sequence[Findings], accounts: pl.Series) -> pl.DataFrame:
    """``lane_l`` and ``lane_e`` of each account, in the order of ``accounts``."""
    columns = []
    for lane, (name, struct) in COLUMNS.items():
        told = [_as_structs(found.rows, struct) for found in findings if found.lane == lane]
        rows = pl.concat([_as_structs(pl.DataFrame({"account_id": []}), struct), *told])
        lists = rows.group_by("account_id", maintain_order=True).agg(name=pl.col("row"))
        joined = accounts.to_frame("account_id").join(
            lists, on="account_id", how="left", maintain_order="left"
        )
        columns.append(joined["name"].fill_null([]).cast(pl.List(struct)).alias(name))
    return pl.DataFrame(columns)


def _as_structs(rows: pl.DataFrame, struct: pl.Struct) -> pl.DataFrame:
    schema = struct.to_schema()
    nothing = [pl.lit(None).alias(name) for name in schema if name not in rows.columns]
    whole = rows.with_columns(nothing).cast(pl.Schema({"account_id": pl.String(), **dict(schema)}))
    return whole.select("account_id", row=pl.struct(list(schema)))
