"""What `score --json` prints of cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


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
