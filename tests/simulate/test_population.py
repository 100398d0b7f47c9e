"""The base population follows the measured traces (Philly, Helios Earth, ServeGen)."""

import numpy as np
import pytest

from detector.simulate.builder import build
from detector.simulate.catalogue import MACHINES
from detector.simulate.matching import match_volume
from detector.simulate.plan import make_plan, spend_of
from detector.simulate.presets import preset_of
from detector.simulate.ranges import Ranges
from detector.simulate.world import BENIGN, PROXY, World
from tests.examples import first

DAYS = 56


@pytest.fixture(scope="module", params=["dev", "valid", "test"])
def people(request):
    world = build(World(preset_of("clean"), 8000, DAYS, 11, Ranges(request.param)))
    return world, make_plan(world)


def _gpu_hours(plan, accounts):
    gpus = np.array([machine.gpus for machine in MACHINES])[plan.gpu.machine]
    return np.bincount(plan.gpu.account, plan.gpu.amount * plan.gpu.hours * gpus, accounts)


def _gini(values):
    values = np.sort(values)
    rank = 2 * np.arange(1, len(values) + 1) - len(values) - 1
    return float(rank @ values / (len(values) * values.sum()))


def _top(values, share):
    return float(np.sort(values)[::-1][: max(1, int(share * len(values)))].sum() / values.sum())


def test_gpu_time_has_the_tail_of_the_public_clusters(people):
    world, plan = people
    hours = _gpu_hours(plan, world.accounts)
    hours = hours[hours > 0]
    assert 0.82 <= _gini(hours) <= 0.94
    assert 1.9 <= np.log(hours).std() <= 2.7
    assert 0.30 <= _top(hours, 0.01) <= 0.70


def test_model_calls_have_the_tail_of_servegen_clients(people):
    world, plan = people
    calls = np.bincount(plan.calls.account, plan.calls.amount, world.accounts)
    calls = calls[calls > 0]
    assert 0.82 <= _gini(calls) <= 0.93
    assert 2.0 <= np.log(calls).std() <= 2.7
    assert 0.68 <= _top(calls, 0.1) <= 0.86


def test_gpus_run_a_little_less_at_weekends(people):
    world, plan = people
    weekend = np.bincount(plan.gpu.account, plan.gpu.day % 7 >= 5, world.accounts).sum()
    share = weekend / len(plan.gpu.day) / (2 / 7)
    assert 0.78 <= share <= 0.96  # Helios Earth 0.88 of a weekday


def test_fewer_things_are_started_at_weekends(people):
    _, plan = people
    share = (plan.services.day % 7 >= 5).mean()
    assert 0.19 <= share <= 0.28  # Philly 0.17, even would be 0.286


def test_the_median_caller_is_active_on_a_part_of_the_days(people):
    world, plan = people
    days = np.bincount(plan.calls.account, minlength=world.accounts)
    assert 0.08 <= np.median(days[days > 0]) / DAYS <= 0.41


def test_input_over_output_tokens_spreads_like_servegen(people):
    world, _ = people
    callers = world.traits["llm"] == 1
    ratio = np.exp(world.traits["llm_in"] - world.traits["llm_out"])[callers]
    low, middle, high = np.quantile(ratio, [0.1, 0.5, 0.9])
    assert 1.4 <= low <= 3
    assert 6 <= middle <= 12
    assert 22 <= high <= 50


def _auroc(score, is_proxy):
    order = np.argsort(np.argsort(score, kind="stable"), kind="stable") + 1.0
    for value in np.unique(score[is_proxy]):
        order[score == value] = order[score == value].mean()
    size = is_proxy.sum()
    return (order[is_proxy].sum() - size * (size + 1) / 2) / (size * (~is_proxy).sum())


@pytest.mark.parametrize("seed", first([1, 2, 3]))
def test_spend_is_at_chance_when_volumes_are_matched(seed):
    world = build(World(preset_of("volume_matched"), 6000, DAYS, seed, Ranges("dev")))
    plan = make_plan(world)
    match_volume(world, plan)
    assert 0.47 <= _auroc(spend_of(world, plan), world.role == PROXY) <= 0.53


def test_spend_alone_does_not_find_rings_in_the_standard_world():
    world = build(World(preset_of("standard", {"prevalence": 0.05}), 6000, DAYS, 1, Ranges("dev")))
    auroc = _auroc(spend_of(world, make_plan(world)), world.role == PROXY)
    assert 0.4 <= auroc <= 0.7


def test_proxies_are_one_in_a_hundred_to_three_hundred():
    world = build(World(preset_of("standard"), 6000, DAYS, 2, Ranges("test")))
    assert 1 / 300 <= (world.role == PROXY).mean() <= 1 / 100
    assert (world.role == BENIGN).mean() > 0.97


@pytest.mark.long
def test_rings_have_heavy_tailed_sizes_with_some_single_accounts():
    world = build(World(preset_of("standard", {"prevalence": 0.05}), 20_000, 30, 3, Ranges("dev")))
    sizes = np.bincount(world.ring[world.role == PROXY])
    sizes = sizes[sizes > 0]
    assert sizes.min() == 1
    assert 20 <= sizes.max() <= 43
    assert 0.05 <= (sizes == 1).mean() <= 0.35
    assert 3 <= np.mean(sizes) <= 10
