"""``policy check``, ``policy explain`` and ``policy verify --lists``, as a person calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.policy.law.world import (
    ENTITY_LIST,
    LISTED,
    MANIFEST,
    account,
    holds,
    hours,
    tokens,
    write,
)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return write(
        tmp_path / "logs",
        {
            "accounts": [
                account("a", org_name=LISTED, declared_country="CN"), account("owned"),
            ],
            "usage": [hours("a"), hours("owned")],
            "model_usage": [tokens("a")],
            "account_owners": [holds("owned", LISTED, "0.6", owner_hq_country="CN")],
        },
        {"ours.csv": ENTITY_LIST, "manifest.toml": MANIFEST},
    )  # fmt: skip


Enduse = Callable[..., Any]
DAY = ("--as-of", "2026-03-09")


def outcomes(told: dict[str, Any], rule: str) -> dict[str, str]:
    return {row["account_id"]: row["outcome"] for row in told["rows"] if row["rule"] == rule}


def test_check_asks_every_rule_of_a_folder(enduse: Enduse, logs: Path) -> None:
    done = enduse("policy", "check", logs, *DAY)
    assert done.code == 0
    assert "accounts in the policy queue" in done.out
    told = json.loads(enduse("policy", "check", logs, *DAY, "--json").out)
    assert outcomes(told, "CSL-EL")["a"] == "match"
    assert outcomes(told, "EAR-50")["owned"] == "inquire"
    assert told["asked"]["counts"]["CSL-EL"] == {"clear": 1, "inquire": 1, "match": 1}


def test_what_if_supposes_a_state_and_says_so(enduse: Enduse, logs: Path) -> None:
    supposed = ("--what-if", "EAR-50=in_force")
    told = json.loads(enduse("policy", "check", logs, *DAY, *supposed, "--json").out)
    assert outcomes(told, "EAR-50")["owned"] == "match"
    (row,) = (r for r in told["rows"] if r["rule"] == "EAR-50" and r["account_id"] == "owned")
    assert "supposed" in row["note"]
    assert enduse("policy", "check", logs, "--what-if", "NO-RULE=in_force").code == 2


def test_rows_are_written_as_a_table(enduse: Enduse, logs: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.parquet"
    assert enduse("policy", "check", logs, *DAY, "--out", out).code == 0
    assert "match" in pl.read_parquet(out)["outcome"].cast(pl.String).to_list()


def test_verify_refuses_lists_that_are_too_old(enduse: Enduse, logs: Path) -> None:
    done = enduse("policy", "verify", "--lists", logs / "lists", "--as-of", "2026-11-01")
    assert done.code == 5
    assert "days old" in done.out
    done = enduse("policy", "verify", "--lists", logs / "nowhere", *DAY)
    assert done.code in (2, 3, 5)


def test_a_folder_without_accounts_is_no_log_folder(enduse: Enduse, tmp_path: Path) -> None:
    done = enduse("policy", "check", tmp_path)
    assert done.code == 3
    assert "required tables" in done.sentence


@pytest.mark.long
def test_a_run_is_judged_again_and_explained(enduse: Enduse, tmp_path: Path) -> None:
    """On the sample: what was found stands, and another state lets more be said of it."""
    sample, out = Path(__file__).parents[2] / "sample_logs", tmp_path / "out"
    assert enduse("score", sample, "--prior", "none", "--out", out).code == 0
    now = json.loads(enduse("policy", "check", out, "--json").out)
    held = pl.read_parquet(out / "policy.parquet")
    assert len(now["rows"]) == held.height
    supposed = ("--what-if", "EAR-50=in_force")
    then = json.loads(enduse("policy", "check", out, *supposed, "--json").out)
    was, becomes = (list(outcomes(told, "EAR-50").values()) for told in (now, then))
    assert becomes.count("match") > was.count("match")
    name = held.filter(pl.col("outcome") == "match")["account_id"][0]
    said = enduse("policy", "explain", out, name).out
    assert "verify the party" in said
    assert "policy_decisions are kept under it" in said
    assert enduse("policy", "explain", out, "nobody").code == 2
