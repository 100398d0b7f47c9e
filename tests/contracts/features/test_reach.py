"""A family's features are made from the rows inside its declared reach, and from no others.

Live runs compute anew, and clusters send together, what the declarations say and no more: one
that is too narrow gives wrong scores there, and right ones in a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property

import polars as pl
import pytest

from features.build import REGISTRY, all_accounts, family_columns
from features.catalogue import Catalogue
from features.landmarks import Landmarks
from features.population import Population
from features.registry import Family, Reach
from features.rollups import Rollups, complete, merge, rollup
from features.ties import TIES, Ids, company, union
from tests.examples import first

Tables = dict[str, pl.DataFrame]
Logs = Callable[..., Tables]
Roll = Callable[[Tables], Rollups]
# Here telemetry names whose it is: nobody feels what others' machines do.
TIED = [reach for reach in TIES if reach is not Reach.MACHINE]
# Accounts whose features are looked at, for each kind of tie that they have.
SUBJECTS = 2
FAMILIES = {family.id: family for family in REGISTRY.families}
NARROWED = [
    (family.id, reach)
    for family in REGISTRY.families
    for reach in (Reach.OWN, Reach.PAYER, Reach.INSTRUMENT, Reach.LINKED)
    # Nothing is narrower than an account's own rows; a common instrument is a link too, mostly.
    # Among a hundred accounts all pairs have some evidence: for F11 see tests/features.
    if Reach.OWN is not family.reach is not reach
    and (family.reach, reach) != (Reach.INSTRUMENT, Reach.LINKED)
    and (family.id, reach) != ("F11", Reach.LINKED)
]


@dataclass(frozen=True, eq=False)
class World:
    """A population, its accounts, and those whose rows are never disturbed."""

    population: Population
    ids: Ids
    witnesses: Ids

    @classmethod
    def of(cls, rollups: Rollups) -> World:
        population = Population.of(rollups)
        return cls(population, all_accounts(population), Landmarks.of(rollups.frames).witnesses)

    def inside(self, reach: Reach, one: Ids) -> Ids:
        """The accounts whose rows features of ``one`` may be made from."""
        if reach is Reach.EVERYBODY:
            return self.ids
        return one if reach is Reach.OWN else company(TIES[reach](self.population), one)

    def outside(self, reach: Reach, one: Ids) -> Ids:
        kept = union(self.inside(reach, one), self.witnesses)
        return self.ids.join(kept, on="account_id", how="anti", maintain_order="left")

    @cached_property
    def subjects(self) -> list[Ids]:
        """Some accounts of each kind of tie, each in company of others."""
        found = [self.ids[row : row + 1] for row in range(self.ids.height)]
        tied = [[one for one in found if self.inside(reach, one).height > 1] for reach in TIED]
        return [one for some in tied for one in some[:SUBJECTS]]

    @cache  # noqa: B019 - a world lives as long as the tests that ask it
    def table(self, family: str) -> pl.DataFrame:
        """Everybody's features of a family."""
        return family_columns(FAMILIES[family], self.population, self.ids)

    def columns(self, family: Family, one: Ids, rollups: Rollups) -> pl.DataFrame:
        """Features of ``one`` in other rollups; links are given, and read where the reach says."""
        linked = family.reach in (Reach.LINKED, Reach.MOULD, Reach.EVERYBODY)
        population = (
            replace(self.population, rollups=rollups) if linked else Population.apart(rollups)
        )
        return family_columns(family, population, one)

    def moved(self, family: Family, one: Ids, ids: Ids) -> bool:
        """Whether features of ``one``, asked for alone, change with the rows of ``ids``."""
        rollups = self.population.rollups
        plain = self.table(family.id).filter(self.ids["account_id"] == one.item())
        return any(
            not self.columns(family, one, disturb(rollups, ids)).equals(plain)
            for disturb in (exchanged, without)
        )


def exchanged(rollups: Rollups, ids: Ids) -> Rollups:
    """The rows of each of some accounts as those of the next one."""
    of = ids["account_id"].sort()
    to = pl.concat([of.tail(-1), of.head(1)])
    return replace(
        rollups,
        frames={
            name: rows.with_columns(pl.col("account_id").replace(of, to))
            for name, rows in rollups.frames.items()
        },
    )


def without(rollups: Rollups, ids: Ids) -> Rollups:
    """Nothing of some accounts."""
    return replace(
        rollups,
        frames={
            name: rows.join(ids, on="account_id", how="anti", maintain_order="left")
            for name, rows in rollups.frames.items()
        },
    )


@pytest.fixture(scope="module")
def tables(logs: Logs) -> Tables:
    """A hundred accounts with few ties; telemetry names whose it is."""
    tables = logs(3, 100, 400)
    named = pl.col("account_id").is_not_null()
    return {**tables, "gpu_telemetry": tables["gpu_telemetry"].filter(named)}


@pytest.fixture(scope="module")
def roll(as_of: datetime, catalogue: Catalogue) -> Roll:
    def rolled(tables: Tables) -> Rollups:
        parts = [rollup(name, rows, as_of, catalogue) for name, rows in tables.items()]
        return complete(merge(parts), tables, as_of, catalogue)

    return rolled


@pytest.fixture(scope="module")
def world(tables: Tables, roll: Roll) -> World:
    return World.of(roll(tables))


def felt(world: World, family: Family) -> bool:
    """Whether anybody's features change with the rows of accounts outside the family's reach."""
    reach = family.reach_in(world.population.rollups)
    return any(world.moved(family, one, world.outside(reach, one)) for one in world.subjects)


@pytest.mark.parametrize("family", first(REGISTRY.families, 5), ids=lambda family: family.id)
def test_rows_outside_a_familys_reach_move_no_feature_by_one_bit(
    world: World, family: Family
) -> None:
    reach = family.reach_in(world.population.rollups)
    assert reach is family.reach
    others = [world.outside(reach, one).height for one in world.subjects]
    assert len(others) == SUBJECTS * len(TIED)
    assert min(others) > 20 or reach is Reach.EVERYBODY
    assert not felt(world, family)


@pytest.mark.parametrize("family", first(REGISTRY.families, 8), ids=lambda family: family.id)
def test_rows_inside_a_familys_reach_move_features(world: World, family: Family) -> None:
    def inside(one: Ids) -> Ids:
        found = world.inside(family.reach, one)
        alone = family.reach is Reach.OWN
        return found if alone else found.join(one, on="account_id", how="anti")

    assert any(world.moved(family, one, inside(one)) for one in world.subjects)


@pytest.mark.parametrize(("family", "reach"), NARROWED)
def test_a_reach_that_is_narrowed_by_hand_is_found_out(
    world: World, family: str, reach: Reach
) -> None:
    assert felt(world, replace(FAMILIES[family], reach=reach))


def test_where_telemetry_names_nobody_whoever_held_a_machine_feels_it(
    logs: Logs, roll: Roll, world: World
) -> None:
    nameless = World.of(roll(logs(3, 100, 400)))
    held = [family for family in REGISTRY.families if family.nameless]
    assert held
    for family in held:
        named, rollups = world.population.rollups, nameless.population.rollups
        for moments in ([rollups], [named, rollups], [rollups, named]):
            assert family.reach_in(*moments) is Reach.MACHINE
        # The worlds differ in rows of nobody alone.
        found = [family_columns(family, w.population, w.ids) for w in (world, nameless)]
        assert not found[0].equals(found[1])


@pytest.mark.long
def test_without_templates_there_is_nothing_to_compare(tables: Tables, roll: Roll) -> None:
    bare = roll({n: t for n, t in tables.items() if n != "model_usage"})
    alone = World.of(bare)
    compared = [family for family in REGISTRY.families if family.compared]
    assert compared
    for family in compared:
        assert family.reach_in(bare, bare) is Reach.OWN
        assert family.reach_in(bare, roll(tables)) is family.reach
        assert not felt(alone, family)
        assert felt(World.of(roll(tables)), replace(family, reach=Reach.OWN))
