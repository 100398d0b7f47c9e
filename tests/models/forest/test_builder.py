"""Trees grow as they are described: node by node, each by draws of its own key."""

import math
from itertools import count

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.forest.builder import grow
from models.forest.keys import child_words, seed_word, uniform
from models.forest.sampling import draw_samples, make_units

ODD = np.array([np.nan, 0.0, -0.0, 1e-45, -1e-45, 1.0, np.nextafter(1, 2), 3e38, -3e38], "f4")


class Plain:
    """Grows one tree after the other, as the text of `models.forest.builder` says."""

    def __init__(self, X: np.ndarray, size: int, seed: int) -> None:
        self.X, self.limit, self.seed = X, math.ceil(math.log2(max(size, 2))), seed_word(seed)
        primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43]
        self.step = np.sqrt(np.array(primes, dtype=np.float64)) % 1.0
        self.shift = uniform(child_words(self.seed, 1), np.arange(14))
        self.nodes: list[tuple[int, float, bool]] = []
        self.cover: list[int] = []
        self.left: dict[int, int] = {}

    def draw(self, word: np.ndarray, what: int, tree: int, path: int, even: int) -> float:
        if path < 7 and even >= 0:
            return float((self.shift[path + even] + tree * self.step[path + even]) % 1.0)
        return float(uniform(word, what)[0])

    def column(self, rows: np.ndarray, word: np.ndarray, tree: int, path: int) -> int:
        width = self.X.shape[1]
        varies = [len(set(v[~np.isnan(v)].tolist())) > 1 for v in self.X[rows].T]
        for attempt in range(4):
            u = self.draw(word, 4 + attempt, tree, path, 0 if attempt == 0 else -1)
            if varies[int(u * width)]:
                return int(u * width)
        order = child_words(child_words(word, 3), np.arange(width)) | np.uint64(1)
        best = np.where(varies, order, np.uint64(0))
        return int(best.argmax()) if any(varies) else -1

    def node(self, rows: np.ndarray, word: np.ndarray, tree: int, path: int, depth: int) -> int:
        column = self.column(rows, word, tree, path) if len(rows) > 1 and depth < self.limit else -1
        if column < 0:
            self.cover.append(len(rows))
            return 1
        value = self.X[rows, column]
        low, high = np.nanmin(value), np.nanmax(value)
        u = self.draw(word, 2, tree, path, 7)
        exact = float(low) + u * (float(high) - float(low))
        cut = np.float32(exact)
        cut = np.nextafter(cut, np.float32(-np.inf)) if float(cut) > exact else cut
        cut = low if cut >= high else cut
        right, missing = value > cut, np.isnan(value)
        lost = bool(2 * right.sum() > len(rows) - missing.sum())
        right |= missing & lost
        here = len(self.nodes)
        self.nodes.append((column, float(cut), lost))
        near, far = (child_words(word, side) for side in (0, 1))
        self.left[here] = self.node(rows[~right], near, tree, min(2 * path + 1, 7), depth + 1)
        return self.left[here] + self.node(rows[right], far, tree, min(2 * path + 2, 7), depth + 1)


def _matrix(kind: int, draw: np.random.Generator, rows: int, width: int) -> np.ndarray:
    X = draw.normal(size=(rows, width)).astype(np.float32)
    if kind == 1:
        X = draw.choice(ODD, (rows, width))
    elif kind == 2:  # hardly a column varies
        X[:, 1:] = np.nan
        X[:, :1] = draw.integers(0, 2, (rows, 1))
    elif kind == 3:
        X[draw.random(X.shape) < 0.4] = np.nan
    return X


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 3), st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 9),
    st.integers(1, 6),
)  # fmt: skip
@example(0, 0, 1, 1, 2)
@example(2, 3, 40, 9, 6)
def test_trees_are_those_that_grow_node_by_node(
    kind: int, seed: int, rows: int, width: int, trees: int
) -> None:
    draw = np.random.default_rng(seed)
    X, units = _matrix(kind, draw, rows, width), make_units(rows, None, None)
    size = int(draw.integers(1, rows + 1))
    plain = Plain(X, size, seed)
    words = child_words(child_words(plain.seed, 0), np.arange(trees))
    leaves = [
        plain.node(of, word, tree, 0, 0)
        for of, word, tree in zip(
            draw_samples(units, words, size), child_words(words, 2)[:, None], count(), strict=False
        )
    ]
    grown = grow(X, units, trees, size, seed)
    assert np.diff(grown.leaf_start).tolist() == leaves
    found = zip(
        grown.feature.tolist(), grown.threshold.tolist(), grown.missing_right.tolist(), strict=True
    )
    assert list(found) == plain.nodes
    assert grown.left.tolist() == [plain.left[at] for at in range(len(plain.nodes))]
    assert grown.cover.tolist() == plain.cover


def test_trees_that_grow_in_parts_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    X, units = _matrix(3, np.random.default_rng(0), 50, 4), make_units(50, None, None)
    whole = grow(X, units, 20, 32, 1)
    monkeypatch.setattr("models.forest.builder._CHUNK", 100)
    part = grow(X, units, 20, 32, 1)
    assert whole.threshold.tobytes() == part.threshold.tobytes()
    assert whole.left.tobytes() == part.left.tobytes()
