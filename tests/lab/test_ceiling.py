"""The supervised ceiling learns from labels and makes cases of what it suspects."""

import numpy as np

from lab.ceiling import SUSPECTED, Population, suspected, taught


def _world(seed, size=400, rings=20):
    rng = np.random.default_rng(seed)
    ring_of = np.full(size, -1)
    ring_of[: 4 * rings] = np.repeat(np.arange(rings), 4)
    proxy = (ring_of >= 0) & (ring_of < rings // 2)
    values = rng.normal(0, 1, (size, 3))
    values[:, 0] += 0.8 * proxy
    values[rng.random(values.shape) < 0.1] = np.nan
    columns = rng.normal(0, 1, (rings, 2)) + (np.arange(rings) < rings // 2)[:, None]
    return Population(values, columns, ring_of, proxy)


def test_a_ring_tells_about_its_members():
    lessons, asked = [_world(1), _world(2)], _world(3)
    (score,) = taught(lessons, [asked])
    (alone,) = taught(
        [Population(x.values, x.rings[:0], np.full(400, -1), x.proxy) for x in lessons],
        [Population(asked.values, asked.rings[:0], np.full(400, -1), asked.proxy)],
    )
    margin = [s[asked.proxy].mean() - s[~asked.proxy].mean() for s in (score, alone)]
    assert margin[0] > margin[1]


def test_means_are_over_known_values_of_the_ring():
    world = Population(
        np.array([[1.0, np.nan], [3.0, np.nan], [9.0, 5.0]]),
        np.array([[7.0]]),
        np.array([0, 0, -1]),
        np.array([True, True, False]),
    )
    assert np.array_equal(
        world.wide(),
        [[1, np.nan, 7, 2, np.nan], [3, np.nan, 7, 2, np.nan], [9, 5, *[np.nan] * 3]],
        equal_nan=True,
    )


def test_what_is_left_out_is_not_taught():
    lesson, asked = _world(1), _world(3)
    (full,) = taught([lesson], [asked])
    (part,) = taught([lesson], [asked], [~lesson.proxy | (lesson.ring_of % 2 == 0)])
    assert not np.array_equal(full, part)


def test_only_suspected_members_stay_in_a_ring():
    score = np.random.default_rng(5).permutation(1000).astype(float)
    kept = suspected(np.zeros(1000, dtype=int), score)
    assert (kept == 0).sum() == round(SUSPECTED * 1000)
    assert score[kept == 0].min() > score[kept == -1].max()
