"""The compiled functions find the leaves that a plain walk finds, and add in the trees' order."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.forest.forest import ArrayForest
from models.forest.kernel import add_leaves, leaf_sums, tree_leaves
from models.forest.trees import Trees, check_trees

#: Both ways of the kernel, and tiles that are full, cut and empty.
SIZES = (0, 1, 127, 128, 511, 512, 513, 1025)
ODD = np.array([np.nan, 0.0, -0.0, np.inf, -np.inf, 1.0, np.nextafter(1, 2), -1e-45, 3e38], "f4")


def _plain_leaf(trees: Trees, tree: int, row: np.ndarray) -> int:
    k, leaf = int(trees.node_start[tree]), 0
    size = int(trees.leaf_start[tree + 1] - trees.leaf_start[tree])
    while size > 1:
        value, cut = row[trees.feature[k]], int(trees.left[k])
        right = trees.missing_right[k] if np.isnan(value) else value > trees.threshold[k]
        leaf, size, k = (leaf + cut, size - cut, k + cut) if right else (leaf, cut, k + 1)
    return leaf


def _plain(trees: Trees, X: np.ndarray) -> np.ndarray:
    leaves = [[_plain_leaf(trees, tree, row) for row in X] for tree in range(trees.count)]
    return np.array(leaves).reshape(trees.count, len(X))


def _drawn(seed: int, leaves: list[int], columns: int, distinct: int) -> Trees:
    """Trees of any form: cuts anywhere, a few thresholds or as many as there are nodes."""
    draw = np.random.default_rng(seed)

    def lefts(size: int) -> list[int]:
        if size == 1:
            return []
        cut = int(draw.integers(max(1, size // 8), max(2, size - size // 8)))
        return [cut, *lefts(cut), *lefts(size - cut)]

    left = np.array(list(chain.from_iterable(map(lefts, leaves))), dtype=np.int32)
    pool = np.append(draw.normal(size=distinct), [0.0, -0.0, 1.0]).astype(np.float32)
    return check_trees(
        columns, np.cumsum([0, *leaves]), draw.integers(0, columns, len(left), dtype=np.int32),
        draw.choice(pool, len(left)), draw.random(len(left)) < 0.5, left,
        np.ones(sum(leaves), dtype=np.int64),
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000), st.lists(st.integers(1, 256), min_size=1, max_size=5),
    st.integers(1, 4), st.sampled_from([1, 14, 400]), st.sampled_from(SIZES),
)  # fmt: skip
@example(0, [256] * 5, 1, 2000, 513)  # one column whose thresholds need several ranks
@example(1, [257, 3], 2, 400, 513)  # more leaves than a byte can number
@example(2, [1, 1], 1, 1, 128)  # no node at all
@example(3, [700, 1, 30], 3, 10, 1)
@example(4, [256, 1, 2, 255, 256], 3, 400, 127)  # as many as a byte can number, a few rows
@example(5, [2, 1, 2], 1, 1, 9)  # every leaf is reached, the deepest too
def test_leaves_are_those_of_a_plain_walk(
    seed: int, leaves: list[int], columns: int, distinct: int, rows: int
) -> None:
    trees = _drawn(seed, leaves, columns, distinct)
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(rows, columns)).astype(np.float32)
    some = draw.random(X.shape) < 0.3
    X[some] = draw.choice(np.append(ODD, trees.threshold[:20]), some.sum())
    found = [(tree, leaf.copy()) for tree, leaf in tree_leaves(trees, X)]
    assert [tree for tree, _ in found] == list(range(trees.count))
    assert np.array_equal(np.stack([leaf for _, leaf in found]), _plain(trees, X))


@pytest.mark.parametrize(("rows", "trees"), [(1, 3), (700, 3), (1, 700), (700, 700), (127, 1100)])
def test_sums_are_made_in_the_order_of_the_trees(rows: int, trees: int) -> None:
    forest = _drawn(5, [9] * trees, 2, 50)
    X = np.random.default_rng(0).normal(size=(rows, 2)).astype(np.float32)
    values = np.random.default_rng(1).normal(size=(9 * trees, 3)) * 10.0 ** np.arange(3)
    wanted, out = np.zeros((rows, 3)), np.zeros((rows, 3))
    for tree, leaf in tree_leaves(forest, X):
        wanted += values[forest.leaf_start[tree] + leaf]
    add_leaves(forest, X, values, out)
    assert np.array_equal(out, wanted)
    assert np.array_equal(leaf_sums(forest, X, values[:, 1].copy()), wanted[:, 1])
    for kind in (np.int32, np.int64):
        whole = np.zeros((rows, 3), dtype=np.int64)
        add_leaves(forest, X, (values * 1e6).astype(kind), whole)
        assert np.array_equal(whole, _whole_sums(forest, X, (values * 1e6).astype(np.int64)))


def _whole_sums(trees: Trees, X: np.ndarray, table: np.ndarray) -> np.ndarray:
    found = tree_leaves(trees, X)
    return sum(table[trees.leaf_start[t] + leaf] for t, leaf in found)


def test_rows_may_be_read_only_and_lie_anyhow() -> None:
    forest = ArrayForest.fit(np.random.default_rng(0).normal(size=(900, 4)), n_estimators=9)
    X = np.random.default_rng(1).normal(size=(900, 4)).astype(np.float32)
    locked = X.copy()
    locked.flags.writeable = False
    crooked = np.frombuffer(b"\0" + X.tobytes(), dtype=np.uint8)[1:].view(np.float32)
    for rows in (locked, np.asfortranarray(X), X.astype(np.float64), crooked.reshape(X.shape)):
        assert np.array_equal(forest.raw(rows), forest.raw(X))
