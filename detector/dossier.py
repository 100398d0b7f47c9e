"""Results to cases: what a reviewer needs of each, as plain values and without any drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from detector.results.lawqueue import in_order, places
from detector.results.leadqueue import in_order as by_strength
from detector.results.runparts import RunCapacity
from detector.results.words import LANE_B_QUEUES, QUEUES

if TYPE_CHECKING:
    from detector.results import Results

Row = dict[str, Any]

# Nobody is reviewed from the last of them, none.
QUEUE_ORDER: Final = QUEUES[:-1]
#: Stolen-key resale, which an injured holder suffers.
STOLEN: Final = "T07"
WINDOW_DAYS: Final = 90
# Whoever another lane asks a look at stands behind whom lane L does.
LAST_PLACE: Final = 1 << 62
TOTALS: Final = {
    "tpp_hours": "TPP-h",
    "controlled_gpu_hours": "controlled GPU-h",
    "a100_hours": "A100-h",
    "h100_hours": "H100-h",
    "input_tokens": "input tokens",
    "output_tokens": "output tokens",
}


@dataclass(frozen=True)
class CaseKey:
    """One case before its details are looked up; `place` is that in lane L's queue."""

    queue: str
    rank: int
    ring_id: str | None
    lead_id: str
    queued: int
    place: int = 0

    @property
    def name(self) -> str:
        """Id of the ring, or of the account where there is none."""
        return self.ring_id or self.lead_id


@dataclass(frozen=True)
class Series:
    """Daily use of one account (or a sum) over the window; missing days are zero."""

    label: str
    tpp_hours: tuple[float, ...]
    tokens: tuple[float, ...]


@dataclass(frozen=True)
class Case:
    """Everything shown of one case.

    `lead` is the score row of the best-placed queued account with its reasons; `members` are
    the score rows of all accounts of the ring, those in a queue first, then by rank (just the
    lead for a single account).
    `like_confirmed` are the lines of follow-up lists that name one of them, `follow_ups` is the
    list of the confirmed case that the lead is a member of. `policy` is what lane L says of the
    members, in the order of its queue, and `leads` what public notices say of them. `facts` and
    `identity` are rows of those tables, in the order of members; they are empty where the run has
    none, `identity` also where names are not told. `links` are the members' identifiers, those
    that two of them share first, the rarest first (`shared_first`). `unshown` are families that
    speak for the lead without a line among its reasons (`detector.results.unshown`).
    """

    key: CaseKey
    lead: Row
    members: tuple[Row, ...]
    ring: Row | None
    series: tuple[Series, ...]
    first_day: date
    totals: Mapping[str, float]
    silent_families: tuple[str, ...]
    like_confirmed: tuple[Row, ...] = ()
    follow_ups: tuple[Row, ...] = ()
    policy: tuple[Row, ...] = ()
    leads: tuple[Row, ...] = ()
    facts: tuple[Row, ...] = ()
    identity: tuple[Row, ...] = ()
    links: tuple[Row, ...] = ()
    unshown: tuple[Row, ...] = ()

    @property
    def name(self) -> str:
        """Id of the ring, or of the account where there is none."""
        return self.key.name

    @property
    def size(self) -> int:
        """Number of accounts."""
        return len(self.members)

    @property
    def typology(self) -> str | None:
        """The pattern that the case is explained by: a stolen key where the holder is injured."""
        return likened(self.key.queue, self.lead, [row["typology"] for row in self.members])


def likened(queue: str, lead: Row, typologies: Iterable[str | None]) -> str | None:
    """The typology of a case whose accounts match some; whoever is injured suffers T07.

    Injured by queue or by decision; what the use of a stolen key looks like accuses the holder.

    Examples
    --------
    >>> lead = {"typology": "T04", "standing": "open"}
    >>> likened("proxy", lead, ["T03", "T03", "T04"]), likened("victim", lead, ["T03", "T03"])
    ('T03', 'T07')
    """
    return STOLEN if injured(queue, lead) else commonest(typologies, lead["typology"])


def injured(queue: str, lead: Row) -> bool:
    """Whether the holder of a case is the injured party, by queue or by decision."""
    return queue == "victim" or lead.get("standing") == "confirmed_victim"


def commonest(typologies: Iterable[str | None], lead: str | None) -> str | None:
    """The typology that most accounts match; the lead's decides ties.

    Examples
    --------
    >>> commonest(["T03", "T04", None, "T04", "T03"], "T04"), commonest([None], None)
    ('T04', None)
    """
    counts = Counter(name for name in typologies if name)
    most = max(counts.values(), default=0)
    winners = [name for name, count in counts.items() if count == most]
    return lead if lead in winners else (winners[0] if winners else None)


def case_keys(results: Results) -> list[CaseKey]:
    """All cases with at least one queued account: by queue, then by best rank, then by id.

    Cases of queue ``policy`` stand in the order of lane L's own queue, whatever their rank.
    """
    queued = results.scores.filter(pl.col("queue").cast(pl.String) != "none").select(
        "account_id", "rank", "ring_id", pl.col("queue").cast(pl.String)
    )
    law = (
        pl.when(pl.col("queue") == "policy")
        .then(pl.col("place").fill_null(LAST_PLACE))
        .otherwise(0)
    )
    placed = queued.join(places(results.policy), on="account_id", how="left").with_columns(law=law)
    groups: dict[tuple[bool, str], list[Row]] = {}
    for row in placed.sort("law", "rank", "account_id").iter_rows(named=True):
        ring = row["ring_id"]
        groups.setdefault((ring is not None, ring or row["account_id"]), []).append(row)
    keys = [_key(rows) for rows in groups.values()]
    return sorted(keys, key=lambda k: (QUEUE_ORDER.index(k.queue), k.place, k.rank, k.lead_id))


def review_order(results: Results) -> list[CaseKey]:
    """The cases that behaviour puts before a reviewer, as the report shows them.

    Proxy first, then victim and other, each by rank. Queue policy has an order, and people, of
    its own.
    """
    return [key for key in case_keys(results) if key.queue in LANE_B_QUEUES]


def with_capacity(results: Results, cases: int) -> Results:
    """A run that says how many of its cases fit; scores and queues stay as they are."""
    names = [key.name for key in review_order(results)]
    told = RunCapacity(
        cases=cases,
        fit=min(cases, len(names)),
        waiting=max(0, len(names) - cases),
        first_waiting=names[cases] if cases < len(names) else None,
    )
    return replace(results, run=results.run.model_copy(update={"capacity": told}))


def fitting(results: Results, capacity: RunCapacity) -> list[str]:
    """The cases that fit, in the order of the review."""
    return [key.name for key in review_order(results)[: capacity.fit]]


def key_of(results: Results, account_id: str) -> CaseKey:
    """The case of one account, also of one in no queue; it leads its own case."""
    row = results.scores.filter(pl.col("account_id") == account_id).row(0, named=True)
    return CaseKey(str(row["queue"]), row["rank"], row["ring_id"], account_id, 1)


def key_of_ring(results: Results, ring_id: str) -> CaseKey:
    """The case of one ring, also of one of which nobody is in a queue."""
    rows = results.scores.filter(pl.col("ring_id") == ring_id).sort("rank", "account_id")
    queued = rows.filter(pl.col("queue").cast(pl.String) != "none")
    chosen = (rows if queued.is_empty() else queued).with_columns(
        pl.col("queue").cast(pl.String), law=pl.lit(0)
    )
    if queued.is_empty():
        first = chosen.row(0, named=True)
        return CaseKey("none", first["rank"], ring_id, first["account_id"], 0)
    return _key(chosen.to_dicts())


def _key(rows: list[Row]) -> CaseKey:
    queue = next(name for name in QUEUE_ORDER if any(row["queue"] == name for row in rows))
    lead = next(row for row in rows if row["queue"] == queue)
    return CaseKey(queue, lead["rank"], lead["ring_id"], lead["account_id"], len(rows), lead["law"])


def open_cases(results: Results, keys: Iterable[CaseKey]) -> list[Case]:
    """Look up the details of `keys` with one pass over each table."""
    keys = list(keys)
    rings = _rings(results, [key.ring_id for key in keys if key.ring_id is not None])
    ids = {key.lead_id for key in keys} | {
        i for ring in rings.values() for i in ring["account_ids"]
    }
    ring_names = [key.ring_id for key in keys if key.ring_id is not None]
    wanted = pl.col("account_id").is_in(sorted(ids)) | pl.col("ring_id").is_in(ring_names)
    rows = results.scores.filter(wanted).sort("rank", "account_id").to_dicts()
    everyone = {row["account_id"]: row for row in rows}
    tables = _Tables(results, sorted(everyone))
    return [_open(key, rings.get(key.ring_id or ""), everyone, tables) for key in keys]


def _rings(results: Results, names: list[str]) -> dict[str, Row]:
    table = results.rings.filter(pl.col("ring_id").is_in(names))
    return {row["ring_id"]: row for row in table.to_dicts()}


def shared_first(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Identifiers of some accounts: what two of these share first, the rarest first.

    Examples
    --------
    >>> seen = [("a", "x", 1), ("a", "y", 9), ("b", "y", 9), ("b", "z", 3)]
    >>> rows = [dict(account_id=a, kind="phone", value=v, holders=n) for a, v, n in seen]
    >>> [(row["account_id"], row["value"]) for row in shared_first(rows)]
    [('a', 'y'), ('b', 'y'), ('a', 'x'), ('b', 'z')]
    """
    rows = list(rows)
    here = Counter((row["kind"], row["value"]) for row in rows)

    def order(row: Row) -> tuple[bool, int, str, str, str]:
        kind, value = row["kind"], row["value"]
        return here[kind, value] < 2, row["holders"], kind, value, row["account_id"]

    return tuple(sorted(rows, key=order))


def _by_account(table: pl.DataFrame | None, wanted: pl.Expr) -> dict[str, list[Row]]:
    """Rows of some accounts, by account; none where there is no table."""
    found: dict[str, list[Row]] = {}
    for row in () if table is None else table.filter(wanted).iter_rows(named=True):
        found.setdefault(row["account_id"], []).append(row)
    return found


class _Tables:
    """What tables say of the accounts looked at."""

    def __init__(self, results: Results, ids: list[str]) -> None:
        as_of = results.run.as_of
        self.last_day = (as_of - timedelta(microseconds=1)).date()
        self.first_day = self.last_day - timedelta(days=WINDOW_DAYS - 1)
        mine = pl.col("account_id").is_in(ids)
        lines = results.timelines.filter(mine & (pl.col("day") >= self.first_day))
        self.lines = _by_account(lines.sort("account_id", "day"), mine)
        features = results.features.filter(mine).to_dicts()
        self.features = {row["account_id"]: row for row in features}
        ids_of = pl.col("members").list.eval(pl.element().is_in(ids)).list.any()
        lists = results.followups.filter(mine | ids_of)
        self.follow_ups = lists.sort("case", "position").to_dicts()
        self.policy = in_order(results.policy.filter(mine)).to_dicts()
        self.leads = by_strength(results.leads.filter(mine)).to_dicts()
        self.facts = _by_account(results.facts, mine)
        self.identity = _by_account(results.identity, mine)
        self.links = _by_account(results.links, mine)
        self.unshown = _by_account(results.unshown_of(ids), mine)

    def series(self, account_id: str) -> Series:
        tpp, tokens = [0.0] * WINDOW_DAYS, [0.0] * WINDOW_DAYS
        for row in self.lines.get(account_id, ()):
            index = (row["day"] - self.first_day).days
            if index < WINDOW_DAYS:
                tpp[index] += row["tpp_hours"] or 0.0
                tokens[index] += row["tokens"] or 0
        return Series(account_id, tuple(tpp), tuple(tokens))


def _open(key: CaseKey, ring: Row | None, everyone: dict[str, Row], tables: _Tables) -> Case:
    lead = everyone[key.lead_id]
    if key.ring_id is None:
        members = [lead]
    elif ring is None:
        members = [row for row in everyone.values() if row["ring_id"] == key.ring_id]
    else:
        members = [everyone[i] for i in ring["account_ids"] if i in everyone] or [lead]
    # Who is in a queue first, in the order of the report: a case is about them.
    members.sort(key=lambda row: (QUEUES.index(str(row["queue"])), row["rank"], row["account_id"]))
    features = [tables.features.get(row["account_id"], {}) for row in members]
    names = {row["account_id"] for row in members}
    return Case(
        key,
        lead,
        tuple(members),
        ring,
        tuple(tables.series(row["account_id"]) for row in members),
        tables.first_day,
        {name: sum(row.get(name) or 0 for row in features) for name in TOTALS},
        silent_families(tables.features.get(key.lead_id, {})),
        tuple(row for row in tables.follow_ups if row["account_id"] in names),
        tuple(row for row in tables.follow_ups if key.lead_id in row["members"]),
        tuple(row for row in tables.policy if row["account_id"] in names),
        tuple(row for row in tables.leads if row["account_id"] in names),
        _of(members, tables.facts),
        _of(members, tables.identity),
        shared_first(_of(members, tables.links)),
        tuple(tables.unshown.get(lead["account_id"], ())),
    )


def _of(members: Iterable[Row], table: Mapping[str, list[Row]]) -> tuple[Row, ...]:
    """Rows of the members, in their order."""
    return tuple(row for member in members for row in table.get(member["account_id"], ()))


def silent_families(features: Row) -> tuple[str, ...]:
    """Families of which every feature is missing for an account (its tables are absent)."""
    values: dict[str, list[object]] = {}
    for name, value in features.items():
        family = name[:3].upper()
        if name[3:4] == "_" and family[1:].isdigit() and family[0] == "F":
            values.setdefault(family, []).append(value)
    return tuple(sorted(f for f, cells in values.items() if all(cell is None for cell in cells)))
