"""Whose names lane L asks about though they are on no list: by script, and by surname.

Run from the repository root: ``python -m lab.lawfair LISTS [--names N] [--seed N]``, with LISTS
a folder of real lists. Names are invented (``lab.lawnames``), customers sit where their language
is spoken (which makes a hit on a list of that country a match), and lane L itself is asked. Told
are the shares of names that are hit and that are queued, the worst ratio of one script to all
others with its interval, and whether that says enough.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from detector.pipeline.screening import Screener
from detector.policy.lane import Findings, Known
from detector.policy.law import lane_l
from detector.policy.lists import Lists, read_lists
from detector.policy.packs import load_packs
from features.catalogue import Catalogue
from features.rollups import complete
from features.tables import SCHEMAS
from lab.fairness import wilson
from lab.lawnames import LANGUAGES, Language, organisations, people

NOW: Final = datetime(2026, 3, 10, tzinfo=UTC)
#: Organisations of no script are queued or hit more than this many times as often as others.
GATE: Final = 3.0
_RULES: Final = ("CSL-", "LIST-")


class Counted(NamedTuple):
    """How many names of a group were asked about, hit, and queued."""

    group: str
    names: int
    hits: int
    queued: int


class Ratio(NamedTuple):
    """How often one group is hit for once that the others are."""

    group: str
    ratio: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """``above`` the gate, ``within`` it, or ``inconclusive``."""
        if self.low > GATE:
            return "above"
        return "within" if self.high <= GATE else "inconclusive"


def asked(lists: Lists, names: Mapping[str, Sequence[str]], *, person: bool) -> list[Counted]:
    """Ask lane L about customers of these names.

    Parameters
    ----------
    lists
        What they are screened against.
    names
        By language of ``LANGUAGES``.
    person
        Whether the customers are people.
    """
    rows = [
        (f"{place}:{number}", name, LANGUAGES[language].country)
        for place, language in enumerate(names)
        for number, name in enumerate(names[language])
    ]
    ids, called, places = zip(*rows, strict=True)
    told = lane_l(_known(lists, ids, called, places, person=person))
    return list(_counted(told, names))


def _counted(told: Findings, names: Mapping[str, Sequence[str]]) -> Iterator[Counted]:
    listed = told.policy.filter(pl.any_horizontal(
        pl.col("rule").str.starts_with(prefix) for prefix in _RULES
    ))  # fmt: skip
    found = set(listed.filter(pl.col("party").is_not_null())["account_id"])
    asks = set(told.asks)
    for place, language in enumerate(names):
        own = {f"{place}:{number}" for number in range(len(names[language]))}
        yield Counted(language, len(own), len(own & found), len(own & asks))


def by_script(counted: Sequence[Counted]) -> list[Counted]:
    """Languages of one script together."""
    scripts: dict[str, Counted] = {}
    for one in counted:
        script = LANGUAGES[one.group].script
        before = scripts.get(script, Counted(script, 0, 0, 0))
        scripts[script] = Counted(
            script, *(a + b for a, b in zip(before[1:], one[1:], strict=True))
        )
    return list(scripts.values())


def worst(counted: Sequence[Counted], *, queued: bool) -> Ratio:
    """The group that is asked about the most beside all others, by the low end of its interval."""

    def times(one: Counted) -> int:
        return one.queued if queued else one.hits

    hits, names = sum(map(times, counted)), sum(one.names for one in counted)
    ratios = [
        Ratio(one.group, *ratio((times(one), one.names), (hits - times(one), names - one.names)))
        for one in counted
    ]
    return max(ratios, key=lambda one: (one.low, one.group))


def ratio(own: tuple[int, int], rest: tuple[int, int]) -> tuple[float, float, float]:
    """Ratio of two shares with its 95 % interval, from those of both (Donner and Zou 2012).

    Examples
    --------
    >>> [round(x, 2) for x in ratio((30, 1000), (100, 10000))]
    [3.0, 2.01, 4.48]
    >>> ratio((0, 100), (0, 100))[2]
    inf
    """
    (low, high), (others_low, others_high) = wilson(*own), wilson(*rest)
    share, other = own[0] / own[1], rest[0] / rest[1]
    both = share * other
    least = both - math.sqrt(
        max(both**2 - low * others_high * (2 * share - low) * (2 * other - others_high), 0.0)
    )
    most = both + math.sqrt(
        max(both**2 - high * others_low * (2 * share - high) * (2 * other - others_low), 0.0)
    )
    under, over = others_high * (2 * other - others_high), others_low * (2 * other - others_low)
    value = share / other if other else (math.inf if share else 1.0)
    return value, least / under if under else 0.0, most / over if over > 0 else math.inf


def invented(count: int, seed: int, *, person: bool) -> dict[str, list[str]]:
    """Names of every language, the same each time."""
    make = people if person else organisations

    def of(place: int, language: Language) -> list[str]:
        return make(language, count, random.Random(seed * 100 + place))  # noqa: S311 - a sample

    return {name: of(place, language) for place, (name, language) in enumerate(LANGUAGES.items())}


def _known(
    lists: Lists, ids: Sequence[str], names: Sequence[str], places: Sequence[str], *, person: bool
) -> Known:
    empty: pl.DataFrame = SCHEMAS["accounts"].create_empty()
    columns = {
        "account_id": ids, "org_name": names, "declared_country": places,
        "customer_class": ["individual" if person else "business"] * len(ids),
    }  # fmt: skip
    accounts = pl.concat([empty, pl.DataFrame(columns).cast(
        {name: empty.schema[name] for name in columns}
    )], how="diagonal")  # fmt: skip

    def table(name: str) -> pl.DataFrame:
        rows: pl.DataFrame = accounts if name == "accounts" else SCHEMAS[name].create_empty()
        return rows

    screens = Screener(lists.entries, NOW.date(), None)
    return Known(
        NOW, frozenset({"accounts"}), accounts["account_id"],
        complete({}, {"accounts"}, NOW, Catalogue.load()), table, load_packs(None), lists, 14,
        screens, screens.compare,
    )  # fmt: skip


def table(counted: Sequence[Counted]) -> Iterator[str]:
    """Rows of a Markdown table, the most hit first."""
    yield "| group | names | hit | share | interval | queued | share | interval |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in sorted(counted, key=lambda one: (-one.hits / one.names, one.group)):
        cells = [one.group, f"{one.names:,}"]
        for times in (one.hits, one.queued):
            low, high = wilson(times, one.names)
            cells += [str(times), f"{times / one.names:.2%}", f"{low:.2%} to {high:.2%}"]
        yield f"| {' | '.join(cells)} |"


def said(what: str, found: Ratio) -> str:
    """A worst ratio in words."""
    return (
        f"{what}: worst {found.group}, {found.ratio:.2f} times the others "
        f"({found.low:.2f} to {found.high:.2f}): {found.verdict} of {GATE:g}"
    )


def main() -> None:
    """Print the tables of docs/fairness.md."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("lists", type=Path)
    words.add_argument("--names", type=int, default=4000)
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    lists = read_lists(given.lists)
    firms = asked(lists, invented(given.names, given.seed, person=False), person=False)
    sys.stdout.write(f"{lists.entries.height:,} entries {lists.counts}, {date.today()}\n")
    for counted in (by_script(firms), firms):
        sys.stdout.write("\n".join(["", *table(counted), ""]))
        for queued in (False, True):
            what = "queued" if queued else "hit"
            sys.stdout.write(f"\n{said(what, worst(counted, queued=queued))}\n")
    humans = asked(lists, invented(given.names, given.seed, person=True), person=True)
    sys.stdout.write("\n".join(["", *table(humans), ""]))
    sys.stdout.write(f"\n{said('hit', worst(humans, queued=False))}\n")


if __name__ == "__main__":
    main()
