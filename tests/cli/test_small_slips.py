"""What small slips in logs come to: told where they are, and never a wrong figure in silence."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from detector.cli import main

ACCOUNTS = ["123456789012", "234567890123"]
USAGE = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
    "2026-03-01T00:00:00Z,2026-03-01T01:00:00Z,p1,123456789012,Usage,Compute,1,Hours,"
    "p4d.24xlarge\n"
    "2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,p2,234567890123,Usage,Storage,310.5,GB-Hours,"
    "Standard-Storage\n"
)


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ENDUSE_CONFIG", raising=False)
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "usage.csv").write_text(USAGE)
    write_accounts(folder, ACCOUNTS)
    return folder


def write_accounts(folder: Path, ids: list[str]) -> None:
    rows = "".join(f"{one},2026-02-20,p1\n" for one in ids)
    (folder / "accounts.csv").write_text(f"account_id,created_at,payer_account_id\n{rows}")


def write_labels(folder: Path, *rows: str) -> None:
    head = "account_id,decision,decided_at,reviewer,note,expires_at\n"
    (folder / "labels.csv").write_text(head + "".join(f"{row}\n" for row in rows))


@pytest.mark.long
def test_ids_that_a_spreadsheet_made_numbers_of_are_told_before_and_while_they_are_counted_twice(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_accounts(logs, ["1.23457E+11", "2.34568E+11"])
    assert main(["validate", str(logs), "--json"]) == 0
    gaps = {gap["kind"]: gap for gap in json.loads(capsys.readouterr().out)["id_gaps"]}
    assert gaps["rewritten"]["warning"]
    assert gaps["rewritten"]["ids"] == 2
    assert (
        main(["score", str(logs), "--out", str(tmp_path / "out"), "--top", "0", "--view", "ecod"])
        == 0
    )
    said = capsys.readouterr().err
    assert "look as if a spreadsheet had made a number of them, first 1.23457E+11" in said
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert run["accounts"]["total"] == 4
    assert "rewritten" in {gap["kind"] for gap in run["id_gaps"]}


def test_a_slip_in_a_decision_stops_the_run_past_the_gate_and_names_the_word_that_is_near(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_labels(
        logs, "123456789012,cleared,2026-03-01,r1,asked,2026-09-01",
        "234567890123,confirmed proxy,2026-03-01,r1,,",
    )  # fmt: skip
    words = ["score", str(logs), "--out", str(tmp_path / "out"), "--top", "0", "--view", "ecod"]
    assert main(words) == 3
    said = capsys.readouterr().err
    assert "is not one of confirmed_proxy, confirmed_victim, cleared, unresolved" in said
    assert "spelled most like confirmed_proxy" in said
    assert main([*words, "--max-bad", "0.5"]) == 0
    scores = pl.read_parquet(tmp_path / "out" / "scores.parquet")
    assert sorted(scores["account_id"]) == ACCOUNTS


@pytest.mark.long
def test_a_decision_about_an_id_that_is_nowhere_else_makes_no_account_and_is_counted(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_labels(logs, "12345678901,cleared,2026-03-01,r1,a lab,2026-09-01")
    assert (
        main(["score", str(logs), "--out", str(tmp_path / "out"), "--top", "0", "--view", "ecod"])
        == 0
    )
    assert "is in no other table, namely 12345678901" in capsys.readouterr().err
    scores = pl.read_parquet(tmp_path / "out" / "scores.parquet")
    assert sorted(scores["account_id"]) == ACCOUNTS
    (gap,) = json.loads((tmp_path / "out" / "run.json").read_text())["id_gaps"]
    assert gap["ids"] == 1
