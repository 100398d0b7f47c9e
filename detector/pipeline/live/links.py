"""Links that follow rollups: made anew where an identifier, a payer, a record or work has changed.

Pairs are added up again where their edges may be others, and compared again where one of the two
has other rows. What is measured against all others at once (lock-step, coincidences) is measured
again for all: it reads no rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from detector.pipeline.live.weighing import (
    EDGE,
    Moment,
    Reweighed,
    Weighed,
    follow_edges,
    replaced,
)
from features.appeals import asked_of, settled
from features.blocks import Rows, each
from features.coincidences import coincidences, with_coincidences
from features.decided import spared
from features.evidence import accepted
from features.partners import PAIR_SCHEMA, Daily, compared, evident, seen_by_linked
from features.population import Population, linked_pairs, payers
from features.rollups import Rollups
from features.spells import used_by
from features.ties import Ids, both_in, of, union, unlike

_PAIR = ["a", "b"]


@dataclass(frozen=True)
class Links:
    """What ties a population, and what that was made from."""

    population: Population
    weighed: Weighed
    daily: Daily

    @classmethod
    def of(cls, rollups: Rollups) -> Links:
        """Tie everybody, as ``Population.of`` does."""
        paid = payers(rollups["usage"])
        weighed = Weighed.of(rollups, paid)
        found = settled(weighed.edges, rollups)
        pairs = linked_pairs(found, rollups)
        ends = evident(pairs)
        daily = Daily.of(rollups, _accounts_of(ends))
        moves = compared(ends, daily, rollups, PAIR_SCHEMA.to_frame())
        told = with_coincidences(pairs, moves, rollups["accounts"])
        return cls(Population(rollups, paid, found, told, moves, used_by(rollups)), weighed, daily)


def follow_links(before: Links, now: Rollups, touched: Ids) -> tuple[Links, Ids]:
    """The links as of now, and accounts whose links are not what they were.

    Nobody but ``touched`` has other rows than before, and as-of is of the same day.
    """
    was = before.population
    rest = was.payers.join(touched, on="account_id", how="anti")
    paid = pl.concat([rest, payers(of(now["usage"], touched))])
    moments = Moment(was.rollups, was.payers), Moment(now, paid)
    again = follow_edges(before.weighed, *moments, touched)
    found = _heard(before, again, now)
    ends = _reached(before, again, found)
    if was.rollups["accounts"].height != now["accounts"].height:
        ends = None
    pairs = _pairs(was.pairs, found, now, ends)
    moves, daily = _moves(before, pairs, now, touched)
    told = _told(was.pairs, pairs, moves, now)
    relinked = union(_repaired(was.pairs, told), _moved(was.moves, moves))
    assert was.used is not None  # noqa: S101 - links keep it
    used = was.used.again(now, touched["account_id"])
    return Links(Population(now, paid, found, told, moves, used), again.weighed, daily), relinked


def _heard(before: Links, again: Reweighed, now: Rollups) -> Rows:
    """Edges with what upheld appeals answer, as ``settled`` gives them.

    Where no other appeal is heard, and nobody of whom one asks shows or is tied to anything else,
    the answers are what they were.
    """
    was, edges, heard = before.population, again.weighed.edges, spared(now)
    stand = again.between is not None and spared(was.rollups).equals(heard)
    if again.between is None or not stand or not of(heard, again.between).is_empty():
        return settled(edges, now)
    if not of(asked_of(edges, heard), again.shown).is_empty():
        return settled(edges, now)
    if edges is before.weighed.edges:
        return was.edges
    answered = pl.concat(each(was.edges))
    fresh = edges.filter(both_in(again.between))
    return replaced(answered, fresh, again.between, EDGE)[0]


def _told(before: Rows, pairs: Rows, moves: pl.DataFrame, now: Rollups) -> Rows:
    """``pairs`` with their coincidences; ``before``, where these are what they were."""
    if pairs is not before:
        return with_coincidences(pairs, moves, now["accounts"])
    met = coincidences(moves, now["accounts"]).select(_PAIR).unique()
    known = before.filter(pl.col("coincident")).select(_PAIR)
    if met.sort(_PAIR).equals(known.sort(_PAIR)):
        return before
    return with_coincidences(pairs, moves, now["accounts"])


def _reached(before: Links, again: Reweighed, found: Rows) -> Ids | None:
    """Accounts between which edges may be others now that appeals are heard; None: everybody."""
    if again.between is None:
        return None
    old, new = before.population.edges, found
    if old is new:
        return again.between
    answers = [
        _answered(*both) for both in ((before.weighed.edges, old), (again.weighed.edges, new))
    ]
    return union(again.between, _ends(unlike(*answers)))


def _answered(raw: pl.DataFrame, found: Rows) -> pl.DataFrame:
    """Edges that an appeal alone explains."""
    whole = pl.concat(each(found))
    return whole.filter(whole["explained"] & ~raw["explained"]).select("a", "b", "kind")


def _pairs(before: Rows, found: Rows, now: Rollups, ends: Ids | None) -> Rows:
    """``linked_pairs`` as of now; ``coincident`` is still to be told."""
    if ends is None:
        return linked_pairs(found, now)
    if ends.is_empty():
        return before
    bare = pl.concat(each(before)).drop("coincident")
    fresh = pl.concat(each(linked_pairs(found.filter(both_in(ends)), now)))
    rows, changed = replaced(bare, fresh, ends, _PAIR)
    return before if changed.is_empty() else rows


def _moves(before: Links, pairs: Rows, now: Rollups, touched: Ids) -> tuple[pl.DataFrame, Daily]:
    """How pairs move together, and what their accounts did: asked of who is touched or new."""
    ends, old = evident(pairs), before.population.moves
    ids = _accounts_of(ends)
    known = _accounts_of(old).to_frame("account_id").join(touched, on="account_id", how="anti")
    fresh = ids.to_frame("account_id").join(known, on="account_id", how="anti")["account_id"]
    some = Daily.of(now, fresh)
    stand = known.filter(pl.col("account_id").is_in(ids.implode()))
    daily = Daily(
        pl.concat([of(before.daily.calls, stand), some.calls]),
        pl.concat([of(before.daily.compute, stand), some.compute]),
    )
    return compared(ends, daily, now, old.filter(both_in(stand))), daily


def _repaired(before: Rows, now: Rows) -> Ids:
    """Ends of pairs that tie accounts now and did not, or the other way round."""
    if before is now:
        return pl.DataFrame(schema={"account_id": pl.String})
    return _ends(unlike(*(rows.filter(accepted()).select(_PAIR) for rows in (before, now))))


def _moved(before: pl.DataFrame, now: pl.DataFrame) -> Ids:
    """Ends of pairs that move otherwise in what families of linked accounts see of it."""
    return _ends(unlike(seen_by_linked(before), seen_by_linked(now)))


def _accounts_of(pairs: pl.DataFrame) -> pl.Series:
    return pl.concat([pairs["a"], pairs["b"]]).unique()


def _ends(pairs: pl.DataFrame) -> Ids:
    return union(*(pairs.select(account_id=end) for end in _PAIR))
