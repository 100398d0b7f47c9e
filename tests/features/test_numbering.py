"""Numbers of texts, and components on them, never depend on the hash or on the order."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from features.graph import components
from features.numbering import Hash, number

NAMES = st.text("abcé-0", max_size=14)
PAIRS = st.lists(st.tuples(NAMES, NAMES), max_size=60)
HASHES: dict[str, Hash] = {
    "another seed": lambda texts: texts.hash(seed=7),
    "all alike": lambda texts: pl.Series([3] * len(texts), dtype=pl.UInt64),
    "the length": lambda texts: texts.str.len_bytes().cast(pl.UInt64),
}


def columns(pairs: list[tuple[str, str]]) -> tuple[pl.Series, pl.Series]:
    left, right = zip(*pairs, strict=True) if pairs else ((), ())
    return pl.Series(left, dtype=pl.String), pl.Series(right, dtype=pl.String)


@given(PAIRS)
def test_numbers_are_places_among_the_sorted_ids(pairs: list[tuple[str, str]]) -> None:
    found = number(*columns(pairs))
    ids = sorted({name for pair in pairs for name in pair}, key=str.encode)
    assert found.ids.to_list() == ids
    assert found.left.tolist() == [ids.index(a) for a, _ in pairs]
    assert found.right.tolist() == [ids.index(b) for _, b in pairs]


@pytest.mark.parametrize("hashed", HASHES.values(), ids=list(HASHES))
@given(PAIRS)
def test_colliding_hashes_change_no_number(hashed: Hash, pairs: list[tuple[str, str]]) -> None:
    found, plain = number(*columns(pairs), hashed), number(*columns(pairs))
    assert found.ids.equals(plain.ids)
    assert found.left.tolist() == plain.left.tolist()
    assert found.right.tolist() == plain.right.tolist()


def test_a_single_collision_among_many_texts_is_seen() -> None:
    names = pl.Series([f"acct-{k:05d}" for k in range(3000)])

    def once(texts: pl.Series) -> pl.Series:
        same = pl.Series(["acct-00017", "acct-02999"])
        alike = texts.is_in(same.implode())
        return texts.hash(seed=0).zip_with(~alike, pl.Series([1], dtype=pl.UInt64))

    found = number(names, names.reverse(), once)
    assert found.ids.equals(names)
    assert found.left.tolist() == list(range(3000))
    assert found.right.tolist() == list(range(3000))[::-1]


def linked(left: np.ndarray, right: np.ndarray, names: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"a": names.gather(left), "b": names.gather(right)}).with_columns(
        posterior=pl.lit(0.9), firm=pl.lit(True), coincident=pl.lit(False)
    )


@given(st.integers(0, 2**32 - 1), st.integers(2, 80), st.integers(1, 120))
def test_components_are_those_of_scipy_in_any_order(seed: int, nodes: int, edges: int) -> None:
    chance = np.random.default_rng(seed)
    left, right = chance.integers(0, nodes, edges), chance.integers(0, nodes, edges)
    names = pl.Series([f"n{k:03}" for k in chance.permutation(nodes)])
    found = components(linked(left, right, names))
    graph = csr_array((np.ones(edges), (left, right)), shape=(nodes, nodes))
    labels = connected_components(graph, directed=False)[1]
    members: dict[int, list[str]] = {}
    for node in {*left.tolist(), *right.tolist()}:
        members.setdefault(int(labels[node]), []).append(names[node])
    expected = {name: min(group) for group in members.values() for name in group}
    assert dict(found.iter_rows()) == expected
    assert found["account_id"].is_sorted()
    order = chance.permutation(edges)
    assert components(linked(right[order], left[order], names)).equals(found)


@pytest.mark.parametrize("shape", ["path", "star", "double star"])
def test_long_and_wide_components_are_one(shape: str) -> None:
    count = 20_000
    names = pl.Series([f"n{k:05}" for k in range(count)])
    nodes = np.arange(1, count)
    joined = {
        "path": (nodes - 1, nodes),
        "star": (np.full(count - 1, count - 1), nodes - 1),
        "double star": (np.where(nodes > 1, nodes % 2, 0), nodes),
    }
    found = components(linked(*joined[shape], names))
    assert found.height == count
    assert found["component"].unique().to_list() == ["n00000"]
