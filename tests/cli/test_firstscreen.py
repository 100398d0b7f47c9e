"""What `score` prints of cases and as next steps, and `score --json` of cases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_json_has_the_cases_and_the_accounts_in_them(
    enduse: Callable[..., Any], world: Path, tmp_path: Path
) -> None:
    done = enduse("score", world, "--out", tmp_path / "o", "--json", "--alpha", "0.1", "--top", "2")
    found = json.loads(done.out)
    assert [row["number"] for row in found["cases"]] == [1, 2]
    assert set(found) >= {"out", "report", "as_of", "accounts", "rings", "queue", "policy_queue"}
    names = {row["case"] for row in found["cases"]}
    assert {row["ring_id"] or row["account_id"] for row in found["queue"]} == names
    assert all(row["reason"] for row in [*found["cases"], *found["queue"]])


@pytest.mark.long
def test_decisions_are_asked_for_where_these_logs_are_read(
    enduse: Callable[..., Any], world: Path, tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    shutil.copytree(world, logs)
    for old in logs.glob("labels*"):
        old.unlink()
    beside = enduse("score", logs, "--out", tmp_path / "a", "--alpha", "0.1")
    assert f"--labels {logs / 'labels.csv'}" in _unfolded(beside.out)
    row = {"account_id": "nobody-1", "decision": "unresolved", "decided_at": "2026-01-01T00:00:00Z"}
    (logs / "labels.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    there = enduse("score", logs, "--out", tmp_path / "b", "--alpha", "0.1")
    assert f"--labels {logs / 'labels.jsonl'}" in _unfolded(there.out)


def _unfolded(page: str) -> str:
    """A page with the commands that go over several lines put together."""
    return " ".join(page.replace("\\\n", " ").split())


def test_of_a_ring_what_ties_it_is_said_before_what_one_account_did(
    enduse: Callable[..., Any], world: Path, tmp_path: Path
) -> None:
    done = enduse(
        "score", world, "--out", tmp_path / "o", "--json", "--alpha", "0.5", "--top", "99"
    )
    rings = [
        row for row in json.loads(done.out)["cases"] if row["ring_id"] and row["queue"] == "proxy"
    ]
    assert rings
    for row in rings:
        assert f"{row['accounts']} accounts of no declared connection" in row["reason"]
        assert row["reason"].index(" accounts of no") < row["reason"].find(row["account_id"]) or (
            row["account_id"] not in row["reason"]
        )
