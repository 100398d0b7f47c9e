"""Rings show a part of their signs, some of them on links and some on none."""

import numpy as np
import pytest

from detector.simulate import ranges
from detector.simulate.builder import build
from detector.simulate.presets import PRESETS, preset_of
from detector.simulate.registry import TYPOLOGIES, typology
from detector.simulate.rings import Ring, _chosen, shape_ring
from detector.simulate.typologies import TYPOLOGIES as PLANTED
from detector.simulate.world import PROXY, World
from tests.examples import first


def _world(preset="standard", accounts=2000, days=30, seed=4, ranges_="dev", **settings):
    spec = preset_of(preset, settings)
    return build(World(spec, accounts, days, seed, ranges.Ranges(ranges_)))


@pytest.fixture(scope="module")
def small():
    """A small world without rings; do not change it."""
    return _world("clean", 200, 14)


@pytest.fixture(scope="module")
def standard():
    """The standard world; do not change it."""
    return _world("standard", accounts=1500)


@pytest.mark.parametrize("kind", PLANTED.values(), ids=lambda kind: kind.id)
@pytest.mark.parametrize("gpu", [True, False])
def test_forty_to_eighty_per_cent_of_the_fitting_signs_show(small, kind, gpu):
    every = [*kind.signs(), *kind.only.get("dev", list)()]
    other = "signs.models" if gpu else "signs.compute"
    fitting = [sign for sign in every if not sign.__module__.endswith(other)]
    counts = {len(_chosen(small, np.random.default_rng(i), kind, gpu=gpu)) for i in range(40)}
    assert min(counts) >= min(4, len(fitting))
    assert max(counts) <= max(4, round(0.8 * len(fitting)))
    assert len(counts) > 1 or len(fitting) <= 6


def test_every_typology_has_variants_of_its_own_in_each_range_set():
    for kind in PLANTED.values():
        if kind.role == PROXY:
            lists = [set(kind.only[name]()) for name in ranges.RANGE_SETS]
            assert not lists[0] & lists[1]
            assert not lists[1] & lists[2]
            assert not lists[0] & lists[2]


def test_range_sets_share_no_value():
    draws = {
        name: ranges.Ranges(name).uniform(np.random.default_rng(1), 0, 9, 3000)
        for name in ranges.RANGE_SETS
    }
    cells = {name: {int(value) for value in values} for name, values in draws.items()}
    assert cells == {"dev": {0, 4, 8}, "valid": {1, 5, 6}, "test": {2, 3, 7}}
    means = [values.mean() for values in draws.values()]
    assert np.ptp(means) < 0.3


def test_some_rings_share_rare_things_and_some_share_none():
    world = _world(accounts=6000, prevalence=0.05)
    account, value = (np.concatenate(getattr(world.links, n)) for n in ("account", "value"))
    pools = (world.operators, world.instruments, world.networks, world.tenants)
    holders: dict[int, set[int]] = {}
    for who, what in zip(account.tolist(), value.tolist(), strict=True):
        holders.setdefault(what, set()).add(who)
    for pool in pools:
        rows, slots = np.nonzero(pool.ids)
        for who, what in zip(rows.tolist(), pool.ids[rows, slots].tolist(), strict=True):
            holders.setdefault(what, set()).add(who)
    shared = {}
    for ring in np.unique(world.ring[world.ring >= 0]):
        members = set(np.flatnonzero(world.ring == ring).tolist())
        if len(members) > 1:
            inside = [w for w in holders.values() if len(w & members) > 1 and w <= members]
            shared[ring] = len(inside)
    counts = np.array(list(shared.values()))
    assert 0.1 < (counts == 0).mean() < 0.6
    assert (counts >= 2).mean() > 0.2


@pytest.mark.parametrize("preset", first(PRESETS, 4))
def test_presets_differ_only_in_what_they_say(standard, preset):
    world = _world(preset, accounts=1500)
    proxies = int((world.role == PROXY).sum())
    assert (proxies == 0) == (preset == "clean")
    if preset not in ("drift",):
        same = (world.role == 0) & (standard.role == 0)
        assert np.array_equal(world.traits["act_p"][same], standard.traits["act_p"][same])


def test_throttled_members_stay_below_the_middle_of_their_peers():
    world, base = _world("throttle", prevalence=0.05), _world(prevalence=0.05)
    members = (world.ring >= 0) & (world.traits["llm"] == 1) & (world.traits["closed"] > 1e5)
    peers = base.traits["llm_rate"][(base.role == 0) & (base.traits["llm"] == 1)]
    assert np.quantile(world.traits["llm_rate"][members], 0.9) < np.median(peers)


def test_aged_members_were_opened_long_ago():
    world = _world("aged", prevalence=0.05)
    members = (world.ring >= 0) & (world.traits["closed"] > 1e5)
    assert world.traits["created"][members].max() <= -200


def test_perfect_papers_are_complete():
    world = _world("perfect_kyc", prevalence=0.05)
    members = (world.ring >= 0) & (world.traits["closed"] > 1e5)
    assert set(world.traits["kyc"][members]) == {2}
    assert (world.traits["place"] == world.traits["phone_place"])[members].all()


def test_poison_carries_signs_but_is_no_proxy():
    world = _world("poison")
    assert len(world.decoys) == round(0.01 * world.accounts)
    assert not (world.role[world.decoys] == PROXY).any()


def test_a_newcomer_adds_a_typology_with_one_function():
    def loud(world, rng, index):
        world.traits.put(index, ev_rate=99.0)

    @typology("X1", weight=1.0, sizes=(2, 3), gpu=0.0)
    def shouting():
        """Calls all day."""
        return [loud] * 5

    try:
        world = _world("clean", 300)
        members = np.array([5, 9, 12])
        shape_ring(world, Ring(0, TYPOLOGIES["X1"], members))
        assert (world.traits["ev_rate"][members] == 99.0).any()
        assert (world.role[members] == PROXY).all()
    finally:
        del TYPOLOGIES["X1"]


@pytest.mark.long
def test_worlds_of_some_variety_differ_in_who_is_there():
    alike = [np.bincount(_world("clean", 4000, 14, seed).archetype) for seed in (1, 2)]
    varied = [
        np.bincount(_world("clean", 4000, 14, seed, variety=0.8).archetype) for seed in (1, 2)
    ]
    assert np.abs(alike[0] - alike[1]).sum() < 40
    assert np.abs(varied[0] - varied[1]).sum() > 400


def test_variety_draws_how_openly_rings_work():
    worlds = [_world("clean", 200, 14, seed, variety=0.8).variety for seed in range(8)]
    assert len({world.signs for world in worlds}) == 8
    assert all(0.2 <= world.signs[0] < world.signs[1] <= 1.0 for world in worlds)
    assert all(world.links.sum() == pytest.approx(1.0) for world in worlds)
