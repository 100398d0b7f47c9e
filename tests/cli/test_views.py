"""Another view is chosen by its name and goes the same way; what has no leaves is not taught."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.cli import main

Enduse = Callable[..., Any]
HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter,RegionId\n"
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with logs and a model of them by ECOD; do not change it."""
    root = tmp_path_factory.mktemp("views")
    logs = root / "logs"
    logs.mkdir()
    days = [
        f"2026-03-{day:02}T00:00:00Z,2026-03-{day:02}T06:00:00Z,payer-{n},acct-{n:03},Usage,"
        f"Compute,{1 + (n * day) % 7},{'Hours,p4d.24xlarge' if n > 56 else 'GB-Hours,Store'},r-1\n"
        for n in range(60)
        for day in range(1, 7)
    ]
    (logs / "usage.csv").write_text(HEAD + "".join(days))
    rows = [f"acct-{n:03},2025-{1 + n % 12:02}-10\n" for n in range(60)]
    (logs / "accounts.csv").write_text("account_id,created_at\n" + "".join(rows))
    assert main(["train", str(logs), "--view", "ecod", "--model", str(root / "model")]) == 0
    return root


@pytest.mark.long
def test_ecod_gives_the_same_tables_reasons_and_report(
    enduse: Enduse, world: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert enduse("score", world / "logs", "--view", "ecod", "--out", out).code == 0
    scores = pl.read_parquet(out / "scores.parquet")
    listed = pl.col("reasons").list.eval(pl.element().struct.field("contribution")).list.sum()
    off = scores.select((pl.col("base") + listed - pl.col("raw_score")).abs().max()).item()
    assert off < 1e-9
    assert set(scores.head(3)["account_id"]) == {"acct-057", "acct-058", "acct-059"}
    assert (out / "report.html").is_file()
    run = json.loads((out / "run.json").read_text())
    assert (run["model"]["prior"], run["model"]["card"]["view"]) == ("none", "ecod")
    stored = tmp_path / "stored"
    done = enduse("score", world / "logs", "--model", world / "model", "--out", stored)
    assert done.code == 0
    assert pl.read_parquet(stored / "scores.parquet").equals(scores)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--view", "x"), "there is no view 'x'; choose one of forest, ecod"),
        (("--view", "ecod", "--prior", "simulated"), "a prior is taught on forests"),
        (("--model", "MODEL", "--prior", "simulated"), "the view here is 'ecod'"),
        (("--model", "MODEL", "--view", "forest"), "the model's view is 'ecod', not 'forest'"),
    ],
)
def test_what_does_not_go_together_is_said(
    enduse: Enduse, world: Path, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    told = [world / "model" if word == "MODEL" else word for word in words]
    done = enduse("score", world / "logs", "--out", tmp_path / "out", *told)
    assert done.code == 2
    assert sentence in done.sentence


def test_decisions_are_learnt_in_leaves_alone(enduse: Enduse, world: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("account_id,decision,decided_at\nacct-003,cleared,2026-03-09T00:00:00Z\n")
    words = (labels, "--logs", world / "logs")
    done = enduse("learn", *words, "--model", world / "model")
    assert done.code == 2
    assert "the model's view is 'ecod': train one with --view forest" in done.sentence


def test_few_cleared_accounts_calibrate_nothing(
    enduse: Enduse, world: Path, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("account_id,decision,decided_at\nacct-003,cleared,2026-03-09T00:00:00Z\n")
    done = enduse("calibrate", world / "model", "--clean", labels, "--logs", world / "logs")
    assert done.code == 1
    assert "0 calibration accounts are too few" in done.sentence
    assert "1 more were left out: the model learnt from them" in done.sentence
    assert not (world / "model" / "calibration").exists()
