"""What ``validate`` prints of a folder in which everything went wrong, and what it exits with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.cli.page import page

Enduse = Callable[..., Any]
USAGE = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter\n"
)
GOLDEN = Path(__file__).parent / "golden"


def usage(account: str, day: int, amount: str = "1") -> str:
    times = f"2026-03-{day:02}T00:00:00Z,2026-03-{day:02}T06:00:00Z"
    return f"{times},payer,{account},Usage,Compute,{amount},Hours,p4d.24xlarge\n"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A folder in which everything that can go wrong did, and that is read all the same."""
    root = tmp_path / "logs"
    for name in ("usage", "payments", "events"):
        (root / name).mkdir(parents=True)
    names = [f"acct-{number:02}" for number in range(30)]
    rows = [usage(name, day) for name in names for day in range(1, 5)]
    odd = [usage("012345678901", 1), usage("null", 1), usage("acct-00", 5, "-3")]
    (root / "usage" / "march.csv").write_text(USAGE + "".join([*rows, *odd]))
    (root / "usage" / "again.csv").write_text(USAGE + "".join([*rows, *odd]))
    for number in range(5):
        (root / "usage" / f"notes{number}.docx").write_bytes(b"PK\x03\x04")
    known = [f"{name},2025-01-01\n" for name in [*names, names[0], "12345678901", "1.23457E+11"]]
    (root / "accounts.csv").write_text("account_id,created_at\n" + "".join(known))
    paid = "time,account_id,kind,amount,currency\n2026-03-01,acct-00,refund,1,USD\n"
    (root / "payments" / "a.csv").write_text(paid)
    (root / "payments" / "b.parquet").write_bytes(b"PAR1 cut off")
    seen = (
        "time,account_id,class_uid,operation,status\n2026-03-01,acct-00,6003,RunInstances,maybe\n"
    )
    (root / "events" / "a.csv").write_text(seen)
    (root / "gpu_telemetry.csv").write_text(
        "time,metric,value,instance_id\n2026-03-01,DCGM_FI_DEV_GPU_UTIL,5,i-0\n"
    )
    (root / "labels.csv").write_text(
        "account_id,decision,decided_at\nacct-0l,cleared,2026-03-01\nacct-01,cleard,2026-03-01\n"
    )
    return root


@pytest.mark.parametrize("width", [60, 80])
def test_the_page_of_everything_that_went_wrong(
    enduse: Enduse, wrong: Path, monkeypatch: pytest.MonkeyPatch, width: int,
    as_reviewed: Callable[[str, Path], None],
) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", str(width))
    done = enduse("validate", "logs", "--max-bad", "0.6")
    assert done.code == 0, done.err
    as_reviewed(done.out, GOLDEN / f"validate_{width}.txt")
    assert all(len(line) <= width for line in done.out.splitlines())


def test_a_page_that_is_narrow_loses_no_word(
    enduse: Enduse, wrong: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = []
    for width in (40, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        text = enduse("validate", "logs", "--max-bad", "0.6").out
        words.append(text[text.index("Set aside") :].split())
    assert words[0] == words[1]


def test_json_tells_files_and_ids_apart(enduse: Enduse, wrong: Path) -> None:
    told = json.loads(enduse("validate", wrong, "--json", "--max-bad", "0.6").out)
    assert [file["path"] for file in told["aside"]] == ["payments/b.parquet"]
    assert {file["path"] for file in told["unread"]} >= {"usage/notes0.docx", "payments/b.parquet"}
    kinds = {(gap["kind"], gap["table"]) for gap in told["id_gaps"] if gap["warning"]}
    assert kinds >= {
        ("spelling", "usage"), ("null_like", "usage"), ("rewritten", "accounts"),
        ("no_holder", "gpu_telemetry"), ("unknown_to_all", "labels"),
    }  # fmt: skip
    assert {gap["sentence"] for gap in told["id_gaps"] if gap["warning"]} <= set(told["warnings"])


@pytest.mark.long
def test_a_file_set_aside_counts_where_it_is_strict(enduse: Enduse, wrong: Path) -> None:
    for name in ("usage/again.csv", "labels.csv"):
        (wrong / name).unlink()
    (wrong / "usage/march.csv").write_text(USAGE + usage("acct-00", 1) + usage("acct-01", 2))
    for words in (("validate", wrong), ("score", wrong, "--out", wrong.parent / "o")):
        assert enduse(*words).code == 0
        done = enduse(*words, "--strict")
        assert done.code == 4
        assert "1 file was set aside, and --strict" in done.sentence
    (wrong / "payments" / "b.parquet").unlink()
    assert enduse("validate", wrong, "--strict").code == 0


def test_a_state_is_validated_as_its_folder(enduse: Enduse, wrong: Path, tmp_path: Path) -> None:
    assert enduse("ingest", wrong, "--state", tmp_path / "s", "--max-bad", "0.6").code == 0
    words = ("validate", "--json", "--max-bad", "0.6")
    folder = json.loads(enduse(*words, wrong).out)
    state = json.loads(enduse(*words, "--state", tmp_path / "s").out)
    for key in ("as_of", "tables", "quarantine", "aside", "id_gaps"):
        assert state[key] == folder[key], key
    shown = enduse("validate", "--max-bad", "0.6", "--state", tmp_path / "s").out
    assert f"enduse score --state {tmp_path}/s --out OUT" in " ".join(shown.split())


def found(**changes: Any) -> dict[str, Any]:
    counts = {"read": 1, "ok": 1, "quarantined": 0, "unmapped": 0, "duplicate": 0, "late": 0}
    return {"tables": {"usage": counts | changes.pop("usage", {})}, "as_of": "2026-03-01",
            "unread": [], "aside": [], "id_gaps": [], "quarantine": [], "warnings": [],
            "noticed": [], **changes}  # fmt: skip


def test_where_all_is_well_the_page_says_how_to_go_on() -> None:
    assert page(found(), 80, max_bad=0.05) == (
        "Read\n  table  read  ok\n  usage     1   1\n  as of 2026-03-01\n\n"
        "What to do\n  Score it with: enduse score LOGS --out OUT"
    )


def test_past_the_gate_no_command_is_proposed() -> None:
    text = page(found(usage={"read": 10, "ok": 9, "quarantined": 1}), 80, max_bad=0.05)
    assert "10 % of its rows are in quarantine" in " ".join(text.split())
    assert "enduse score" not in text


def test_numbers_of_one_are_in_the_singular() -> None:
    why = {"rows": 1, "table": "usage", "column": None, "reason": "is odd", "file": "u.csv",
           "row": 7}  # fmt: skip
    one = page(found(usage={"quarantined": 1, "late": 1}, quarantine=[why]), 80, max_bad=1.0)
    assert "In quarantine: 1 row\n  1 row of usage: is odd\n      u.csv, row 7\n" in one
    assert "Check the dates of the late row, or" in one
    more = page(
        found(usage={"quarantined": 2, "late": 2}, quarantine=[{**why, "rows": 2}]), 80, max_bad=2.0
    )
    assert "In quarantine: 2 rows\n  2 rows of usage: is odd\n      first u.csv, row 7\n" in more
    assert "Check the dates of the late rows, or" in more


def test_many_files_are_grouped_by_reason() -> None:
    files = [{"path": f"f{k}", "reason": "is no data", "table": None, "aside": False}
             for k in range(1200)]  # fmt: skip
    text = page(found(unread=files), 80, max_bad=0.05)
    assert "Passed over: 1,200 files\n  1,200 files: is no data\n      f0\n" in text
    assert "      and 1,197 more\n" in text


def test_nothing_of_a_file_reaches_the_page_raw() -> None:
    file = {"path": "a\x1b[2J", "reason": "is \u202e odd", "table": None, "aside": True}
    text = page(found(unread=[file], aside=[file]), 80, max_bad=0.05)
    assert "\\x1b[2J: is \\u202e odd" in text
    assert text.replace("\n", "").isprintable()


def test_of_tables_that_were_not_reached_nothing_is_told_and_not_zero_rows(
    enduse: Enduse, tmp_path: Path
) -> None:
    (tmp_path / "accounts.csv").write_text("account_id,created_at\n1,2026-01-01\n")
    (tmp_path / "usage.csv").write_text("a,b\n1,2\n")
    (tmp_path / "events.csv").write_text("x,y\n1,2\n")
    done = enduse("validate", tmp_path)
    assert done.code == 3
    assert "What to do" in done.out
    assert "events" not in done.out
    assert "Read" not in done.out.splitlines()
