"""What holds for every feature of the registry, whatever it measures."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features import rollups
from features.build import REGISTRY, build_features, feature_table
from features.catalogue import Catalogue
from features.registry import Registry
from features.rollups import complete, merge, rollup
from features.tables import SCHEMAS

Tables = dict[str, pl.DataFrame]
Logs = Callable[..., Tables]
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3))]


def build(tables: Tables, as_of: datetime, catalogue: Catalogue) -> pl.DataFrame:
    return build_features({n: t.lazy() for n, t in tables.items()}, as_of, catalogue)


def same(left: pl.DataFrame, right: pl.DataFrame) -> None:
    """Equal to the last bit."""
    assert_frame_equal(left, right, check_exact=True, check_row_order=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_does_not_matter(
    logs: Logs, as_of: datetime, catalogue: Catalogue, seed: int
) -> None:
    tables = logs(seed)
    mixed = {n: t.sample(fraction=1.0, shuffle=True, seed=seed) for n, t in tables.items()}
    same(build(tables, as_of, catalogue), build(mixed, as_of, catalogue))


@pytest.mark.parametrize("seed", SEEDS)
def test_any_split_into_parts_gives_the_same_features(
    logs: Logs, as_of: datetime, catalogue: Catalogue, seed: int
) -> None:
    tables = logs(seed)
    rng = np.random.default_rng(seed)
    parts = []
    for name, rows in tables.items():
        group = pl.Series(rng.integers(0, 4, rows.height))
        parts += [rollup(name, rows.filter(group == k), as_of, catalogue) for k in range(4)]
    order = rng.permutation(len(parts))
    merged = merge([parts[k] for k in order])
    split = feature_table(complete(merged, tables, as_of, catalogue))
    same(build(tables, as_of, catalogue), split)


@pytest.mark.parametrize(
    "seed", [*range(2), *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 20))]
)
def test_twenty_random_splits_in_any_order_give_the_same_rollups(
    logs: Logs, as_of: datetime, catalogue: Catalogue, seed: int
) -> None:
    """Features are a function of the rollups, so that these need not be computed 20 times."""
    tables = logs(7, accounts=8, rows=120)
    rng = np.random.default_rng(seed)
    parts = []
    for name, rows in tables.items():
        mixed = rows.sample(fraction=1.0, shuffle=True, seed=seed)
        cuts = np.sort(rng.integers(0, rows.height + 1, rng.integers(0, 9)))
        ends = [0, *(int(c) for c in cuts), rows.height]
        parts += [
            rollup(name, mixed.slice(a, b - a), as_of, catalogue)
            for a, b in pairwise(ends)
        ]  # fmt: skip
    merged = merge([parts[k] for k in rng.permutation(len(parts))])
    whole = merge([rollup(name, rows, as_of, catalogue) for name, rows in tables.items()])
    assert merged.keys() == whole.keys()
    for name, frame in whole.items():
        same(frame, merged[name])


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_merging_rollups_is_associative_commutative_and_equal_to_the_whole(
    logs: Logs, as_of: datetime, catalogue: Catalogue, name: str
) -> None:
    tables = logs(5)
    if name not in tables:
        assert rollup(name, SCHEMAS[name].create_empty(), as_of, catalogue) == {}
        return
    rows = tables[name]
    third = pl.int_range(rows.height, eager=True) % 3
    a, b, c = (rollup(name, rows.filter(third == k), as_of, catalogue) for k in range(3))
    whole = merge([rollup(name, rows, as_of, catalogue)])
    trees = (
        merge([a, b, c]), merge([c, b, a]), merge([merge([a, b]), c]), merge([a, merge([c, b])]),
    )  # fmt: skip
    assert whole
    for tree in trees:
        assert tree.keys() == whole.keys()
        for kind in whole:
            same(whole[kind], tree[kind])


def test_adding_up_on_the_way_changes_nothing(
    logs: Logs, as_of: datetime, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = logs(5)
    parts = [
        rollup(name, part, as_of, catalogue)
        for name, rows in tables.items()
        for part in rows.iter_slices(40)
    ]
    at_the_end = merge(parts)
    monkeypatch.setattr(rollups, "HEAP_ROWS", 50)
    on_the_way = merge(parts)
    for name, frame in at_the_end.items():
        same(frame, on_the_way[name])


def test_an_empty_log_has_no_accounts(as_of: datetime, catalogue: Catalogue) -> None:
    empty = {name: schema.create_empty() for name, schema in SCHEMAS.items()}
    table = build(empty, as_of, catalogue)
    assert table.height == 0
    assert set(REGISTRY.names()) < set(table.columns)


def test_one_account_alone_is_scored(logs: Logs, as_of: datetime, catalogue: Catalogue) -> None:
    tables = logs(2, accounts=2)
    alone = {
        n: t.filter(pl.col("account_id") == "acct-000") if "account_id" in t.columns else t.head(0)
        for n, t in tables.items()
    }
    table = build(alone, as_of, catalogue)
    assert table["account_id"].to_list() == ["acct-000"]
    assert table.select(REGISTRY.names()).null_count().sum_horizontal().item() == 0


def test_an_absent_table_gives_null_and_an_empty_one_zero(
    logs: Logs, as_of: datetime, catalogue: Catalogue
) -> None:
    tables = logs(1)
    rolled = {name: rollup(name, rows, as_of, catalogue) for name, rows in tables.items()}
    for name in tables:
        if name in ("usage", "accounts"):
            continue
        reading = Registry(tuple(
            family for family in REGISTRY.families
            if any(name in feature.inputs for feature in family.features)
        ))  # fmt: skip
        others = {n: frames for n, frames in rolled.items() if n != name}
        none = rollup(name, tables[name].head(0), as_of, catalogue)
        absent, emptied = (
            feature_table(complete(merge(parts), there, as_of, catalogue), reading)
            for parts, there in ((others.values(), others), ([*others.values(), none], rolled))
        )
        for feature in reading:
            if name in feature.inputs:
                assert absent[feature.name].is_null().all(), feature.name
                assert emptied[feature.name].is_not_null().all(), feature.name
            # Identifiers come from events and payments too.
            if feature.inputs == (name,) and feature.family != "F11":
                assert (emptied[feature.name] == 0).all(), feature.name


def test_an_account_without_a_row_gets_zeros(
    logs: Logs, as_of: datetime, catalogue: Catalogue
) -> None:
    tables = logs(1)
    made = pl.Series([as_of - timedelta(days=2000)], dtype=pl.Datetime("us", "UTC"))
    extra = pl.DataFrame({"account_id": ["nobody"], "created_at": made})
    records = pl.concat([tables["accounts"], extra], how="diagonal")
    table = build({**tables, "accounts": records}, as_of, catalogue)
    row = table.filter(pl.col("account_id") == "nobody").row(0, named=True)
    silent = {f.name: row[f.name] for f in REGISTRY if f.family not in ("F13", "F16")}
    assert set(silent.values()) == {0.0}, {k: v for k, v in silent.items() if v != 0.0}


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 7))]
)
def test_values_stay_inside_their_bounds(
    logs: Logs, as_of: datetime, catalogue: Catalogue, seed: int
) -> None:
    table = build(logs(seed, accounts=6 + 4 * seed), as_of, catalogue)
    for feature in REGISTRY:
        values = table[feature.name]
        assert values.is_finite().all(), feature.name
        low, high = feature.bounds
        assert values.min() >= low, feature.name
        assert values.max() <= high, feature.name


@pytest.mark.long
def test_every_feature_varies_somewhere(logs: Logs, as_of: datetime, catalogue: Catalogue) -> None:
    tables = [
        build(logs(seed, accounts=20 * seed, rows=800), as_of, catalogue) for seed in (1, 2, 3)
    ]
    whole = pl.concat(tables)
    dull = [f.name for f in REGISTRY if whole[f.name].n_unique() < 2]
    assert dull == [], dull


def test_features_are_the_same_bits_on_one_and_on_two_threads(tmp_path: Path) -> None:
    script = tmp_path / "features_hash.py"
    source = Path(__file__).with_name("conftest.py")
    script.write_text(
        "import hashlib, runpy, sys\n"
        "from features.build import build_features\n"
        f"made = runpy.run_path({str(source)!r})\n"
        "tables = made['random_tables'](4, accounts=40, rows=3000)\n"
        "lazy = {n: t.lazy() for n, t in tables.items()}\n"
        "frame = build_features(lazy, made['AS_OF'])\n"
        "print(hashlib.sha256(frame.write_csv().encode()).hexdigest())\n"
    )
    seen = {_run(script, threads) for threads in (1, 2)}
    assert len(seen) == 1
    assert len(seen.pop()) == len(hashlib.sha256().hexdigest())


def _run(script: Path, threads: int) -> str:
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads)}
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, str(script)], env={**environment, "PYTHONPATH": str(root)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()
