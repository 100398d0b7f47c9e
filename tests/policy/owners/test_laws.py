"""Laws of ownership on any graph, beside a count of every world that the bounds allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product as every
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from detector.policy.owners.product import FINE
from detector.policy.ownership import Restricted, restricted
from features.types import SHARE

PARTIES = "abcdef"
QUARTERS = [Fraction(n, 4) for n in range(5)]
THRESHOLDS = st.sampled_from([Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), Decimal(1)])
LISTED = st.sets(st.sampled_from(PARTIES), max_size=3)


class Link(NamedTuple):
    owned: str
    owner: str
    least: Fraction
    most: Fraction
    least_open: bool = False
    most_open: bool = False


World = dict[tuple[str, str], Fraction]


def frame(links: Sequence[Link]) -> pl.DataFrame:
    ends = {"owned": pl.String, "owner": pl.String}
    shares = {"share_min": pl.Float64, "share_max": pl.Float64}
    opens = {"share_min_open": pl.Boolean, "share_max_open": pl.Boolean}
    rows = [(e.owned, e.owner, float(e.least), float(e.most), *e[4:]) for e in links]
    return pl.DataFrame(rows, schema={**ends, **shares, **opens}, orient="row").with_columns(
        pl.col("share_min", "share_max").cast(SHARE)
    )


@st.composite
def graphs(draw: st.DrawFn, *, most: int = 7, exact: bool = False) -> list[Link]:
    """Links between some parties, each pair once, in quarters."""
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(PARTIES), st.sampled_from(PARTIES)),
            unique=True, max_size=most,
        )
    )  # fmt: skip
    links = []
    for owned, owner in pairs:
        least, top = sorted(draw(st.tuples(*[st.sampled_from(QUARTERS)] * 2)))
        links.append(Link(owned, owner, least, least if exact else top))
    return links


def sound(links: Sequence[Link]) -> bool:
    owned = {link.owned for link in links}
    return all(sum(e.least for e in links if e.owned == o) <= 1 for o in owned)


def worlds(links: Sequence[Link]) -> Iterator[World]:
    """Every choice of shares in quarters within the bounds, at most the whole of each party."""
    choices = [[q for q in QUARTERS if e.least <= q <= e.most] for e in links]
    for chosen in every(*choices):
        world = {(e.owned, e.owner): q for e, q in zip(links, chosen, strict=True)}
        owned = {pair[0] for pair in world}
        if all(sum(q for pair, q in world.items() if pair[0] == o) <= 1 for o in owned):
            yield world


def reached(world: World, listed: set[str], threshold: Decimal, *, strict: bool) -> set[str]:
    """Who is restricted in a world: by the definition, round after round."""
    members, limit = set(listed), Fraction(threshold)
    while True:
        held = dict.fromkeys({owned for owned, _ in world}, Fraction(0))
        for (owned, owner), share in world.items():
            if owner in members and owner != owned:
                held[owned] += share
        new = {o for o, share in held.items() if share > limit or (share == limit and not strict)}
        if new <= members:
            return members
        members |= new


def bounds(
    links: Sequence[Link], listed: set[str], threshold: Decimal, *, strict: bool = False
) -> Restricted:
    return restricted(frame(links), listed, threshold, strict)


@given(links=graphs(most=5), listed=LISTED, threshold=THRESHOLDS, strict=st.booleans())
def test_bounds_are_what_holds_in_all_and_in_some_worlds(
    links: list[Link], listed: set[str], threshold: Decimal, strict: bool
) -> None:
    assume(sound(links))
    known = {party for link in links for party in link[:2]}
    all_ = [reached(w, listed, threshold, strict=strict) & known for w in worlds(links)]
    found = bounds(links, listed, threshold, strict=strict)
    assert found.lower == frozenset.intersection(*map(frozenset, all_))
    assert found.upper == frozenset().union(*all_)


@given(
    least=st.tuples(*[st.sampled_from(QUARTERS)] * 2),
    most=st.tuples(*[st.sampled_from(QUARTERS)] * 2),
    opens=st.tuples(*[st.booleans()] * 4),
    listed=st.sets(st.sampled_from("xy"), min_size=1),
    strict=st.booleans(),
)
def test_excluded_bounds_are_what_finer_shares_allow(
    least: tuple[Fraction, ...], most: tuple[Fraction, ...], opens: tuple[bool, ...],
    listed: set[str], strict: bool,
) -> None:  # fmt: skip
    links = [
        Link("a", "x", least[0], most[0], opens[0], opens[1]),
        Link("a", "y", least[1], most[1], opens[2], opens[3]),
    ]
    fine = [Fraction(n, 32) for n in range(33)]
    choices = [
        [q for q in fine if (e.least < q if e.least_open else e.least <= q)
         and (q < e.most if e.most_open else q <= e.most)]
        for e in links
    ]  # fmt: skip
    held = [
        sum(q for owner, q in zip("xy", pair, strict=True) if owner in listed)
        for pair in every(*choices)
        if sum(pair) <= 1
    ]
    found = bounds(links, listed, Decimal("0.5"), strict=strict)
    if not held:  # the shares contradict each other
        assert found.graph.refused.any()
        assert "a" not in found.lower
        return
    enough = [share > Fraction(1, 2) or (share == Fraction(1, 2) and not strict) for share in held]
    # What nobody tells of a share is no bound that could be excluded.
    assert ("a" in found.lower) == all(enough)
    assert ("a" in found.upper) == any(enough)


@given(links=graphs(most=12), listed=LISTED, threshold=THRESHOLDS, strict=st.booleans())
def test_what_holds_for_certain_may_hold(
    links: list[Link], listed: set[str], threshold: Decimal, strict: bool
) -> None:
    for method in ("cascade", "product"):
        found = restricted(frame(links), listed, threshold, strict, method=method)
        assert found.lower <= found.upper


@given(links=graphs(most=12), listed=LISTED, more=LISTED, threshold=THRESHOLDS)
def test_a_longer_list_restricts_no_fewer(
    links: list[Link], listed: set[str], more: set[str], threshold: Decimal
) -> None:
    short, long = (bounds(links, names, threshold) for names in (listed, listed | more))
    assert short.lower <= long.lower
    assert short.upper <= long.upper


@given(
    links=graphs(most=8),
    listed=LISTED,
    threshold=THRESHOLDS,
    at=st.integers(0, 7),
    share=st.sampled_from(QUARTERS),
)
def test_greater_shares_restrict_no_fewer(
    links: list[Link], listed: set[str], threshold: Decimal, at: int, share: Fraction
) -> None:
    assume(at < len(links))
    grown = list(links)
    link = links[at]
    grown[at] = link._replace(least=max(link.least, share), most=max(link.most, share))
    # What one owner holds is not there for the others: their upper bounds may fall.
    assume(sound(grown))
    assert bounds(links, listed, threshold).lower <= bounds(grown, listed, threshold).lower
    wider = list(links)
    wider[at] = link._replace(most=max(link.most, share))
    assert bounds(links, listed, threshold).upper <= bounds(wider, listed, threshold).upper


@given(links=graphs(most=12), listed=LISTED, threshold=THRESHOLDS, data=st.data())
def test_no_order_of_rows_matters(
    links: list[Link], listed: set[str], threshold: Decimal, data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(links))
    one, other = (bounds(rows, listed, threshold) for rows in (links, mixed))
    assert one.graph.parties.equals(other.graph.parties)
    for found, again in ((one.certainly, other.certainly), (one.possibly, other.possibly)):
        assert found.level.tolist() == again.level.tolist()
        assert found.share.tolist() == again.share.tolist()
    assert (one.least, one.most) == (other.least, other.most)


def test_a_share_is_looked_through_along_every_way() -> None:
    half = Fraction(1, 2)
    links = [Link("b", "a", half, half), Link("c", "a", Fraction(1, 4), Fraction(1, 4)),
             Link("d", "b", half, half), Link("d", "c", half, half)]  # fmt: skip
    found = bounds(links, {"a"}, Decimal("0.5"))
    values = {found.graph.parties[party]: Fraction(v, FINE) for party, v in found.least.items()}
    assert values == {"a": 1, "b": half, "c": Fraction(1, 4), "d": Fraction(3, 8)}
    assert found.least == found.most


def test_shares_in_a_loop_are_bounded_from_both_sides() -> None:
    x, i = Fraction(3, 10), Fraction(6, 10)
    links = [Link("h", "x", x, x), Link("h", "i", x, x), Link("i", "h", i, i)]
    found = bounds(links, {"x"}, Decimal("0.5"))
    h = found.graph.parties.to_list().index("h")
    exact = Fraction(3, 10) / (1 - Fraction(18, 100))
    low, high = Fraction(found.least[h], FINE), Fraction(found.most[h], FINE)
    assert low <= exact <= high
    assert high - low < Fraction(1, 10**15)


@given(links=graphs(most=6, exact=True), listed=LISTED)
def test_looking_through_solves_the_equations_of_exact_shares(
    links: list[Link], listed: set[str]
) -> None:
    links = [link for link in links if link.owned != link.owner]
    assume(sound(links))
    found = bounds(links, listed, Decimal("0.5"))
    names = found.graph.parties.to_list()
    held = {name: Fraction(name in listed) for name in names}
    for _ in range(60):  # from below, in exact numbers
        held = {
            name: Fraction(1) if name in listed
            else sum((e.least * held[e.owner] for e in links if e.owned == name), Fraction(0))
            for name in names
        }  # fmt: skip
    for party, name in enumerate(names):
        assert Fraction(found.most.get(party, 0), FINE) >= held[name]
        assert abs(Fraction(found.least.get(party, 0), FINE) - held[name]) < Fraction(1, 10**3)


@given(links=graphs(most=5), listed=LISTED)
def test_looking_through_bounds_what_every_world_holds(links: list[Link], listed: set[str]) -> None:
    # Owners come before what they own: no loops, so that the bounds are exact.
    links = [link for link in links if link.owner < link.owned]
    assume(sound(links))
    found = bounds(links, listed, Decimal("0.5"))
    told = [held_in(world, listed) for world in worlds(links)]
    for party, name in enumerate(found.graph.parties):
        shares = [world.get(name, Fraction(0)) for world in told]
        assert Fraction(found.least.get(party, 0), FINE) == min(shares)
        assert Fraction(found.most.get(party, 0), FINE) == max(shares)


def held_in(world: World, listed: set[str]) -> dict[str, Fraction]:
    """What the listed hold of each party in a world without loops, owners first."""
    held = {name: Fraction(name in listed) for name in PARTIES}
    for name in PARTIES:
        if name not in listed:
            mine = ((owner, share) for (owned, owner), share in world.items() if owned == name)
            held[name] = sum((share * held[owner] for owner, share in mine), Fraction(0))
    return held


def test_room_goes_to_those_of_whom_the_listed_hold_most() -> None:
    quarter, half, none = Fraction(1, 4), Fraction(1, 2), Fraction(0)
    most = Fraction(3, 4)
    links = [Link("b", "a", quarter, quarter), Link("c", "a", half, half),
             Link("d", "b", none, most), Link("d", "c", none, most)]  # fmt: skip
    found = bounds(links, {"a"}, Decimal("0.5"))
    d = found.graph.parties.to_list().index("d")
    # Three quarters of c, which is half theirs, and what is left of b, a quarter of a quarter.
    assert Fraction(found.most[d], FINE) == most * half + quarter * quarter


@pytest.mark.parametrize("strict", [False, True])
def test_a_chain_of_many_links_is_followed_to_its_end(strict: bool) -> None:
    size = 20_000
    whole = pl.lit(1).cast(SHARE)
    rows = pl.DataFrame({"n": range(size)}).select(
        owner=pl.format("c{}", "n"), owned=pl.format("c{}", pl.col("n") + 1),
        share_min=whole, share_max=whole,
    )  # fmt: skip
    found = restricted(rows, {"c0"}, Decimal("0.5"), strict)
    assert len(found.lower) == len(found.upper) == size + 1
    assert len(found.least) == size + 1
