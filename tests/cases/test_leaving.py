"""What leaves as tables: decisions, and counsel's by party and entry; the command for it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from detector.cases.deciding import judging
from detector.cases.deciding.judgement import Judgement
from detector.cases.errors import Refused
from detector.cases.leaving import labels
from detector.cases.record.snapshots import keep
from detector.cases.record.store import Store
from detector.cli.app import tree
from detector.pipeline.decisions import read_labels
from tests.cases.planted import ANN, DIA, EVE, NOW, Clock, plant

FOUND = [
    {"account_id": "p1", "party": "Morlan Freight", "entry_key": "eu:17", "rule": "eu-list"},
    {"account_id": "p1", "party": "Morlan Freight", "entry_key": "eu:17", "rule": "eu-list"},
    {"account_id": "p1", "party": "Ada Quist", "entry_key": "us:4", "rule": "us-list"},
    {"account_id": "p1", "party": "p1", "entry_key": None, "rule": "us-flag"},
    {"account_id": "zz", "party": "Someone Else", "entry_key": "eu:99", "rule": "eu-list"},
]


@pytest.fixture
def settled(store: Store, clock: Clock) -> Store:
    sealed = {"format": 1, "case": {"identity": [], "policy": FOUND, "leads": []}, "cells": []}
    with store.writing(clock()) as tx:
        name = keep(tx, json.dumps(sealed))
        plant(tx, "C-1", {"p1": ("policy", ())}, queue="policy", sealed=name)
        judging.judge(tx, EVE, "C-1", 1, Judgement("false_match", "born in another century"))
        plant(tx, "C-2", {"q1": ("proxy", ())})
    with store.writing(clock()) as tx:
        judging.judge(tx, ANN, "C-2", 1, Judgement("cleared", "a school of painting"))
    return store


def test_counsel_decides_of_each_party_and_entry_once(settled: Store) -> None:
    with settled.reading() as connection:
        rows = labels.policy_of(connection)
    assert rows.select("party_name", "entry_key", "rule", "decision", "account_id").rows() == [
        ("Ada Quist", "us:4", "us-list", "false_match", "p1"),
        ("Morlan Freight", "eu:17", "eu-list", "false_match", "p1"),
    ]


def test_the_command_writes_both_tables_and_nothing_twice(
    settled: Store, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("ENDUSE_CASES", str(settled.folder))
    inbox, run = tmp_path / "inbox", CliRunner()
    asked = ["cases", "labels", "--out", str(inbox), "--as"]
    first = run.invoke(tree(["cases"]), [*asked, "dia"])
    assert first.exit_code == 0, first.output
    assert "labels: 1 rows; wrote 2026-03" in first.output
    held = pl.read_parquet(inbox / "labels/source=enduse-console/period=2026-03/labels.parquet")
    assert held.select("account_id", "decision", "basis", "note").rows() == [
        ("q1", "cleared", "review", None)
    ]
    assert "nothing changed" in run.invoke(tree(["cases"]), [*asked, DIA.person]).output
    assert run.invoke(tree(["cases"]), [*asked, "gus"]).exit_code == 2


def test_what_leaves_is_what_learning_reads(settled: Store, tmp_path: Path) -> None:
    with settled.reading() as connection:
        rows = labels.labels_of(connection, lambda _c, _p: None)
    labels.write_labels(tmp_path, "labels", rows, DIA)
    [path] = tmp_path.rglob("labels.parquet")
    assert read_labels(path, NOW) == {"q1": -1}
    assert read_labels(path, NOW + timedelta(days=181)) == {}


def test_a_table_that_stands_elsewhere_is_not_written_a_second_time(
    settled: Store, tmp_path: Path
) -> None:
    (tmp_path / "labels.jsonl").write_text("")
    with pytest.raises(Refused, match=r"move labels\.jsonl into it"):
        labels.write_labels(tmp_path, "labels", labels.LABELS.to_frame(), DIA)
    assert not (tmp_path / "labels").exists()
