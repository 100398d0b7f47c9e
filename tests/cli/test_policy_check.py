"""``policy check``, ``policy explain`` and ``policy verify --lists``, as a person calls them."""

from __future__ import annotations

import json
import shutil
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
from tests.report.lawmaker import TOLD, row, unqueued, until, with_law
from tests.report.maker import make_results


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


@pytest.mark.long
def test_check_asks_every_rule_of_a_folder(enduse: Enduse, logs: Path) -> None:
    done = enduse("policy", "check", logs, *DAY)
    assert done.code == 0
    assert "accounts in the policy queue" in done.out
    told = json.loads(enduse("policy", "check", logs, *DAY, "--json").out)
    assert outcomes(told, "CSL-EL")["a"] == "match"
    assert outcomes(told, "EAR-50")["owned"] == "inquire"
    assert told["asked"]["counts"]["CSL-EL"] == {"clear": 1, "inquire": 1, "match": 1}


def test_check_says_of_which_day_and_where_nothing_was_found(enduse: Enduse, logs: Path) -> None:
    done = enduse("policy", "check", logs, *DAY)
    assert "as of 2026-03-09; 3 names looked up in ours.csv of 2026-03-05" in done.out
    assert "nothing found: CSL-UVL" in done.out
    assert "(no entry of its list is there): " in done.err
    assert "(no table shows it; people must ask): " in done.err


def test_a_day_long_after_the_logs_is_said_to_ask_nobody(enduse: Enduse, logs: Path) -> None:
    shutil.rmtree(logs / "lists")
    done = enduse("policy", "check", logs, "--as-of", "2027-03-09")
    assert "Rules about use ask who used it in the 90 days before" in done.out


def test_a_list_that_was_cut_clears_nobody_in_any_words(enduse: Enduse, logs: Path) -> None:
    (logs / "lists/ours.csv").write_text('name,list\n"Cut in a quo')
    done = enduse("policy", "check", logs, *DAY)
    assert "not screened: ours.csv" in done.err
    assert "no list could be read" in done.err
    assert "nothing found" not in done.out


@pytest.mark.long
def test_a_day_is_the_last_of_an_entry_and_never_the_next_ones_first(
    enduse: Enduse, logs: Path
) -> None:
    entries = f"name,list,country,from,until\n{LISTED},EL,CN,{{}},{{}}\nTolvo,EL,RU,,\n"
    for begins, ends, outcome in (
        ("2026-03-09", "", "match"), ("2026-03-10", "", None), ("", "2026-03-09", "match"),
        ("", "2026-03-08", None),
    ):  # fmt: skip
        (logs / "lists/ours.csv").write_text(entries.format(begins, ends))
        told = json.loads(enduse("policy", "check", logs, *DAY, "--json").out)
        assert outcomes(told, "CSL-EL").get("a") == outcome, (begins, ends)


def test_a_list_of_long_ago_was_screened_and_clears_nobody(enduse: Enduse, logs: Path) -> None:
    done = enduse("policy", "check", logs, "--as-of", "2026-04-20")
    assert "nobody is clear: ours.csv is of 2026-03-05, 46 days old, more than 14" in done.err
    assert "not screened" not in done.err


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Results with a listed holder that a decision silences, and an owned one of a stayed rule."""
    results = make_results(accounts=300, sizes=(), singles=0)
    listed, owned = unqueued(results, 2)
    rows = [
        row(listed, outcome="match", strength="strong", queues=False, condition="met",
            decision="false_match", decided_until=until(2027)),
        row(owned, rule="EAR-50", outcome="clear", strength="medium", queues=False,
            condition="possible", note="suspended since 2025-11-10"),
    ]  # fmt: skip
    told = TOLD.model_copy(update={"refused": (), "stale": ()})
    out = tmp_path_factory.mktemp("decided") / "out"
    with_law(results, rows, told).write(out)
    return out, listed, owned


def test_explain_names_the_party_and_the_key_of_a_decision(
    enduse: Enduse, decided: tuple[Path, str, str]
) -> None:
    out, listed, _ = decided
    said = enduse("policy", "explain", out, listed).out
    assert "CSL-EL  match (strong), in no queue: decided false_match until 2027-01-01" in said
    assert "who      Qorvel Instruments (holder)" in said
    assert "key      k1 (entry_key of a decision" in said
    assert "not found in OWN, SDN on" in said


def test_explain_tells_a_stayed_rule_from_a_condition_that_is_not_met(
    enduse: Enduse, decided: tuple[Path, str, str]
) -> None:
    out, _, owned = decided
    said = enduse("policy", "explain", out, owned).out
    assert "EAR-50  clear, in no queue for it" in said
    assert "the rule is not applied on that day" in said
    assert "the condition is not met" not in said


def test_explain_judges_by_the_rules_of_another_day(
    enduse: Enduse, decided: tuple[Path, str, str]
) -> None:
    out, listed, owned = decided
    supposed = ("--what-if", "EAR-50=in_force")
    assert "EAR-50  inquire (medium)" in enduse("policy", "explain", out, owned, *supposed).out
    said = enduse("policy", "explain", out, listed, "--as-of", "2027-02-01").out
    assert "judged by the rules of 2027-02-01" in said
    assert "CSL-EL  match (strong), in the policy queue" in said


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
    assert "entry_key of a decision" in said
    assert enduse("policy", "explain", out, "nobody").code == 2
