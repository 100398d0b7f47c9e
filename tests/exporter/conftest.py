"""A small results folder whose every byte is known."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

PUBLISHED = 1_780_000_000

RUN = {
    "schema_version": 2,
    "version": "0.1.0",
    "as_of": "2026-05-28T00:00:00Z",
    "model_id": "m-0011223344556677",
    "model": {
        "trained_on_these_logs": True,
        "trained_at": "2026-05-28T10:00:00Z",
        "sha256": "ab" * 32,
    },
    "counts": {
        "usage": {
            "read": 1003,
            "ok": 1000,
            "quarantined": 3,
            "unmapped": 7,
            "duplicate": 2,
            "late": 1,
        },
        "accounts": {"read": 6, "ok": 6, "quarantined": 0, "unmapped": 0, "duplicate": 0},
    },
    "timings": {"read": 0.5, "features": 1.25, "score": 0.125},
    "rings": {"total": 2, "queues": {"proxy": 1, "none": 1}},
    "gpu_hours": {"H100": 1234.5, "A100": 100.0},
    "tokens": {"input": 40_000_000, "output": 1_000_000},
    "watermarks": {"usage": "2026-05-28T00:00:00Z", "accounts": None},
    "drift": {"f01_controlled_share": 0.03125, "f11_degree": None},
    "lanes": {"B": True, "L": True, "E": True},
    "evidence": {
        "notices": 9,
        "leads": {"strong": 2, "medium": 1, "weak": 4, "unattached": 5, "disposed": 3},
        "reports": 2,
        "indicators": 1,
        "channel": [
            {
                "kind": "partner",
                "id": "gather.example",
                "accounts": 10,
                "excepted": 9,
                "usual": 0.1,
                "tail": 9.1e-9,
                "gathers": True,
                "undeclared": 4,
            },
            {
                "kind": "partner",
                "id": "silent.example",
                "accounts": 30,
                "excepted": 3,
                "usual": 0.1,
                "tail": 0.6,
                "undeclared": 7,
                "listed": 1,
            },
            {
                "kind": "rep",
                "id": "rep.example",
                "accounts": 40,
                "excepted": 12,
                "usual": 0.1,
                "tail": 0.0003,
                "gathers": True,
                "undeclared": 11,
            },
        ],
    },
    "policy": {
        "packs": {"us-csl": "cd" * 32},
        "unverified": ["EAR-50: in force since 2026-11-10 is not verified"],
        "lists": [
            {
                "file": "consolidated.csv",
                "sha256": "ef" * 32,
                "day": "2026-05-21",
                "age": 7,
                "publisher": "ITA",
                "rows": {"EL": 40, "SDN": 60},
            },
            {"file": "own.csv", "sha256": "01" * 32, "rows": {"EL": 2}},
        ],
        "refused": ["sdn.csv: it has no rows"],
        "names": 12,
        "counts": {"CSL-EL": {"match": 1, "inquire": 2}, "EAR-50": {"unknown": 3, "clear": 4}},
    },
}

SCORES = pl.DataFrame(
    [
        ("shop.example", 1, 0.587, 0.0009, "proxy"),
        ("lab.example", 2, 0.53, 0.004, "victim"),
        ("mill.example", 2, 0.53, 0.004, "proxy"),
        ("farm.example", 4, 0.3, 0.2, "none"),
        ("inn.example", 5, 0.1, 0.5, "none"),
        ("new.example", 6, None, None, "none"),
    ],
    schema={
        "account_id": pl.String,
        "rank": pl.Int64,
        "score": pl.Float64,
        "p_value": pl.Float64,
        "queue": pl.String,
    },
    orient="row",
)

Publish = Callable[..., Path]


@pytest.fixture
def run() -> dict:
    return copy.deepcopy(RUN)


@pytest.fixture
def publish(tmp_path) -> Publish:
    """``publish(run, scores, at=…)`` writes a results folder and returns it."""

    def write(run=RUN, scores=SCORES, at=PUBLISHED) -> Path:
        out = tmp_path / "out"
        out.mkdir(exist_ok=True)
        scores.write_parquet(out / "scores.parquet")
        beside = out / "run.json.new"
        beside.write_text(json.dumps(run))
        os.utime(beside, (at, at))
        beside.replace(out / "run.json")
        return out

    return write


@pytest.fixture
def scores() -> pl.DataFrame:
    return SCORES
