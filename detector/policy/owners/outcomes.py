"""What owners make of each party, a row each: met, possible, unknown or not met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from detector.policy.owners import words
from detector.policy.owners.evidence import Chains
from detector.policy.owners.graph import Flags, Ints, added
from detector.policy.owners.parties import named
from detector.policy.owners.shares import WHOLE
from detector.policy.ownership import Restricted
from features.types import SHARE

MET: Final = "met"
POSSIBLE: Final = "possible"
UNKNOWN: Final = "unknown"
NOT_MET: Final = "not met"

REFUSED: Final = "refused shares"
UNKNOWN_SHARE: Final = "unknown share"
BOUNDS: Final = "bounds"
MINORITY: Final = "minority"

_CONTRADICTED: Final = "the shares of its owners contradict each other: none is believed"
EVIDENCE: Final = 300
"""Most characters of evidence."""

OUTCOMES: Final = pl.Schema(
    {
        "party": pl.String(), "name": pl.String(), "kind": pl.String(), "outcome": pl.String(),
        "because": pl.String(), "least": SHARE, "most": SHARE, "root": pl.String(),
        "held": pl.String(), "evidence": pl.String(),
    }
)  # fmt: skip


def outcomes(found: Restricted, rows: pl.DataFrame, among: pl.Series | None = None) -> pl.DataFrame:
    """A row for each party that is owned, by party (``OUTCOMES``).

    ``because`` says why a row is possible or unknown: ``refused shares`` (they contradict each
    other), ``unknown share`` (of a restricted owner), ``bounds`` (some shares within their
    bounds, or an owner that may be restricted) or ``minority``. ``least`` and ``most`` bound
    what restricted owners hold, directly (``product``: looked through); ``root`` is the listed
    party from which the chain in ``evidence`` comes, ``held`` what is held in words, without
    a name.

    Parameters
    ----------
    found
        What the listed restrict.
    rows
        The rows it was found in.
    among
        Keys of the parties that are asked about; default all that are owned.
    """
    graph = found.graph
    least, most = _bounds(found)
    asked = _asked(rows, among)
    at = np.flatnonzero(graph.parties.is_in(asked.implode()).to_numpy())
    frame = pl.DataFrame(
        {
            "party": graph.parties.gather(at),
            "because": _because(found).gather(at),
            "met": found.met[at],
            "low": [least[place] for place in at.tolist()],
            "high": [most[place] for place in at.tolist()],
            "number": at,
        },
        schema_overrides={"low": pl.Int64, "high": pl.Int64},
    )
    outcome = (
        pl.when("met").then(pl.lit(MET))
        .when(pl.col("because").is_null()).then(pl.lit(NOT_MET))
        .when((pl.col("because") == REFUSED) & (pl.col("high") == 0)).then(pl.lit(UNKNOWN))
        .otherwise(pl.lit(POSSIBLE))
    )  # fmt: skip
    parties = named(rows.filter(
        pl.any_horizontal(pl.col("owned", "owner").is_in(asked.implode()))
    ))  # fmt: skip
    judged = frame.with_columns(
        outcome=outcome, because=pl.when(~pl.col("met")).then("because")
    ).join(parties, on="party", how="left", maintain_order="left")
    names = _names(rows)
    return judged.with_columns(
        *_chains(found, judged, names), least=_fraction("low"), most=_fraction("high")
    ).select(list(OUTCOMES)).cast(OUTCOMES)  # fmt: skip


def _asked(rows: pl.DataFrame, among: pl.Series | None) -> pl.Series:
    owned = rows["owned"].unique()
    return owned if among is None else owned.filter(owned.is_in(among.implode()))


def _names(rows: pl.DataFrame) -> pl.Series:
    """What all parties are called, in the order of their keys, which is that of the graph."""
    ends = [rows.select(party=end, name=f"{end}_name") for end in ("owner", "owned")]
    return pl.concat(ends).group_by("party").agg(pl.col("name").min()).sort("party")["name"]


def _bounds(found: Restricted) -> tuple[Sequence[int] | Ints, Sequence[int] | Ints]:
    """Units that restricted owners hold of each party: the least, and the most there is."""
    if found.rule.method == "cascade":
        return found.certainly.share, found.possibly.share
    size = range(len(found.graph.parties))
    least, most = found.least, found.most
    return [least.get(p, 0) // WHOLE for p in size], [-(-most.get(p, 0) // WHOLE) for p in size]


def _because(found: Restricted) -> pl.Series:
    """Why the owners of a party may restrict it; null where none does."""
    graph = found.graph
    member = found.possibly.members[graph.owner]
    unknown = _any(found, member & graph.unknown)
    minority = _any(found, member & (graph.high > 0)) & (found.possibly.share > 0)
    reasons = [REFUSED, UNKNOWN_SHARE, BOUNDS, MINORITY]
    first = np.select(
        [graph.refused, unknown, found.meetable, minority], range(len(reasons)), len(reasons)
    )
    return pl.Series([*reasons, None], dtype=pl.String).gather(first)


def _any(found: Restricted, links: Flags) -> Flags:
    """Whether any of some links is to an owner of a party."""
    size = len(found.graph.parties)
    return added(size, found.graph.owned, links.astype(np.int64)) > 0


def _fraction(column: str) -> pl.Expr:
    share: pl.Expr = (pl.col(column).cast(pl.Decimal(38, 10)) / WHOLE).cast(SHARE)
    return share


def _chains(found: Restricted, judged: pl.DataFrame, names: pl.Series) -> tuple[pl.Series, ...]:
    """The chain of each party in words, what is held, and from whom the chain comes."""
    certain = Chains(found.graph, found.certainly, names)
    possible = Chains(found.graph, found.possibly, names)
    rows: list[tuple[str | None, ...]] = []
    for number, outcome, because in judged.select("number", "outcome", "because").iter_rows():
        if outcome == NOT_MET:
            rows.append((None, None, None))
        elif outcome == UNKNOWN:
            rows.append((_CONTRADICTED, _CONTRADICTED, None))
        else:
            chains = certain if outcome == MET else possible
            held = _sum(found, number, outcome, because)
            root = found.graph.parties[chains.root(number)]
            rows.append((_cut(chains.words(number), held), held, root))
    schema = dict.fromkeys(("evidence", "held", "root"), pl.String)
    return tuple(pl.DataFrame(rows, schema=schema, orient="row"))


def _cut(chain: str, total: str) -> str:
    """The chain and the sum; the end of both is kept, as it says what counts."""
    room = EVIDENCE - len(total) - 2
    kept = chain if len(chain) <= room else f"...{chain[len(chain) - room + 3 :]}"
    return f"{kept}; {total}"


def _sum(found: Restricted, number: int, outcome: str, because: str | None) -> str:
    """What restricted owners hold, of how much; and how sure that is."""
    rule = found.rule
    limit = words.limit(rule.threshold, strict=rule.strict)
    total = f"{_held(found, number, met=outcome == MET)} of {limit}"
    if rule.method == "cascade" and outcome == MET:
        through = words.percent(found.least.get(number, 0) // WHOLE, digits=1)
        if through != words.percent(int(found.certainly.share[number]), digits=1):
            total += f" (at least {through} % looked through)"
    if rule.method == "product":
        total = f"looked through {total}"
    return total if because in (None, BOUNDS) else f"{total}: {because}"


def _held(found: Restricted, number: int, *, met: bool) -> str:
    if found.rule.method == "product":
        held = found.least if met else found.most
        units = held.get(number, 0) // WHOLE if met else -(-held.get(number, 0) // WHOLE)
        exact = found.least.get(number, 0) == found.most.get(number, 0)
        excluded = False
    else:
        reached = found.certainly if met else found.possibly
        units, excluded = int(reached.share[number]), bool(reached.excluded[number])
        exact = found.certainly.share[number] == found.possibly.share[number]
    bound = ("more than " if met else "less than ") if excluded else ""
    if not exact and not excluded:
        bound = "at least " if met else "at most "
    return f"{bound}{words.percent(units, digits=1)} %"
