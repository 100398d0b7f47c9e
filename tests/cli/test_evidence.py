"""``enduse evidence``: the rows behind a reason, from the logs that were scored."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector import read_logs
from detector.evidence.asked import asked_of
from detector.evidence.found import Evidence, Shown
from detector.evidence.reading import ACCOUNT, Reader
from detector.evidence.telling import as_csv, cells
from detector.results.tables import flat_csv
from tests.cli.conftest import write_logs

Enduse = Callable[..., Any]
LOGS = Path(__file__).parents[2] / "sample_logs"


def reason_of(run: Path, feature: str) -> dict[str, Any]:
    """The first account with a feature among its reasons, and that reason."""
    rows = pl.read_parquet(run / "scores.parquet").explode("reasons").unnest("reasons")
    found = rows.filter((pl.col("feature") == feature) & (pl.col("value") > 0))
    return found.row(0, named=True)


def asked(enduse: Enduse, run: Path, *words: object) -> dict[str, Any]:
    done = enduse("evidence", run, *words, "--logs", LOGS, "--json")
    assert done.code == 0, done.err
    told: dict[str, Any] = json.loads(done.out)
    return told


def test_rows_are_those_that_show_it_and_their_share_is_the_value(
    enduse: Enduse, sample_run: Path
) -> None:
    reason = reason_of(sample_run, "f03_instrument_elsewhere")
    told = asked(enduse, sample_run, reason["account_id"], "F03-INSTRUMENT-ELSEWHERE")
    table, record = told["tables"]
    own = read_logs(LOGS)["accounts"].filter(pl.col("account_id") == reason["account_id"])
    billed = own.collect()["billing_country"].item()
    paid = read_logs(LOGS)["payments"].filter(
        pl.col("account_id") == reason["account_id"],
        pl.col("kind").cast(pl.String).is_in(["top_up", "invoice"]),
    ).collect()  # fmt: skip
    away = paid.filter(pl.col("instrument_country") != billed)
    assert table["table"] == "payments"
    # What the rows are compared with stands beside them.
    assert (record["table"], record["rows"]) == ("accounts", [{"billing_country": billed}])
    assert table["rows_in_all"] == away.height > 0
    assert {row["instrument_country"] for row in table["rows"]} == set(away["instrument_country"])
    times = [row["time"] for row in table["rows"]]
    assert times == sorted(times, reverse=True)
    assert told["text"] == reason["text"]
    assert told["value"] == reason["value"]


def test_a_number_a_code_and_a_name_mean_the_same_reason(enduse: Enduse, sample_run: Path) -> None:
    scores = pl.read_parquet(sample_run / "scores.parquet").head(1)
    account, (first, *_) = scores["account_id"].item(), scores["reasons"].item().to_list()
    one, two, three = (
        asked(enduse, sample_run, account, word)
        for word in ("1", first["code"].lower(), first["feature"])
    )
    assert one == two == three
    assert one["reason"] == 1


def test_a_feature_that_is_no_strong_reason_has_its_value_and_rows(
    enduse: Enduse, sample_run: Path
) -> None:
    scores = pl.read_parquet(sample_run / "scores.parquet").head(1)
    account = scores["account_id"].item()
    named = {reason["feature"] for reason in scores["reasons"].item()}
    other = "f16_age" if "f16_age" not in named else "f16_verified"
    told = asked(enduse, sample_run, account, other)
    table = pl.read_parquet(sample_run / "features.parquet")
    value = table.filter(pl.col("account_id") == account)[other].item()
    assert told["reason"] is None
    assert told["value"] == value
    assert told["tables"][0]["rows_in_all"] == 1


def test_rows_of_a_link_are_the_accounts_own_and_those_of_the_linked_one(
    enduse: Enduse, sample_run: Path
) -> None:
    reason = reason_of(sample_run, "f11_shared_bits")
    told = asked(enduse, sample_run, reason["account_id"], reason["code"], "--top", 5000)
    rows = [row for table in told["tables"] for row in table["rows"]]
    seen = {row["account"] for row in rows}
    assert len(seen) == 2
    (other,) = seen - {reason["account_id"]}
    assert f"account {other} (by a shared " in reason["text"]
    shared = [{row["shared"] for row in rows if row["account"] == one} for one in sorted(seen)]
    assert shared[0] & shared[1]


def test_rows_of_moving_together_are_those_of_both(enduse: Enduse, sample_run: Path) -> None:
    reason = reason_of(sample_run, "f12_moves_together")
    told = asked(enduse, sample_run, reason["account_id"], reason["code"], "--top", 5000)
    (table,) = told["tables"]
    seen = {row["account"] for row in table["rows"]}
    assert reason["account_id"] in seen
    (other,) = seen - {reason["account_id"]}
    assert f"account {other} " in reason["text"]


@pytest.mark.parametrize(
    ("account", "reason", "words"),
    [
        ("00677261710", "1", "near it: 006772617109"),
        ("006772617109", "f03_instrument_elswhere", "near it: F03-INSTRUMENT-ELSEWHERE"),
        ("006772617109", "0", "from 1 to 7"),
        ("006772617109", "8", "from 1 to 7"),
        ("006772617109", "other", "has no rows of its own"),
    ],
)
def test_what_is_not_there_is_a_usage_error_that_helps(
    enduse: Enduse, sample_run: Path, account: str, reason: str, words: str
) -> None:
    done = enduse("evidence", sample_run, account, reason, "--logs", LOGS)
    assert done.code == 2
    assert words in done.sentence


def test_a_state_holds_no_rows_and_that_is_said(enduse: Enduse, sample_run: Path) -> None:
    done = enduse("evidence", sample_run, "006772617109", 1)
    assert done.code == 2
    assert "--logs LOGS" in done.sentence
    assert "a state hold sums and no rows" in done.sentence


def test_other_logs_are_told_and_do_not_stop_it(
    enduse: Enduse, sample_run: Path, tmp_path: Path
) -> None:
    logs = write_logs(tmp_path / "other")
    done = enduse("evidence", sample_run, "006772617109", "f03_third_party_payer", "--logs", logs)
    assert done.code == 0
    assert "LOGS are not the inputs of this run" in done.err
    assert "LOGS hold no payments" in done.err
    assert "LOGS do not name account 006772617109" in done.err


@pytest.mark.long
def test_the_page_says_how_many_there_are_and_fits_its_width(
    enduse: Enduse, sample_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = reason_of(sample_run, "f12_moves_together")
    words = ("evidence", sample_run, reason["account_id"], reason["code"], "--logs", LOGS)
    for width in (80, 60):
        monkeypatch.setenv("COLUMNS", str(width))
        done = enduse(*words, "--top", 2, "--csv", tmp_path / "rows.csv")
        assert done.code == 0
        assert "the newest 2 of them" in done.out
        assert "--csv FILE writes all rows" in done.out
        assert max(map(len, done.out.splitlines())) <= width
    count = int(done.out.partition(" rows of usage")[0].split()[-1].replace(",", ""))
    assert pl.read_csv(tmp_path / "rows.csv", infer_schema=False).height == count > 2


def test_rows_lie_in_the_window_and_before_as_of(sample_run: Path) -> None:
    whole = read_logs(LOGS)
    early = whole.as_of - timedelta(days=20)
    account = asked_of(sample_run, "006772617109", "1").account
    rows = Reader(whole, early).rows("events", [account])
    later = Reader(whole, whole.as_of).rows("events", [account])
    assert 0 < rows.height < later.height
    assert rows["time"].max() < early
    assert rows["time"].min() >= Reader(whole, early).start
    assert later.filter(pl.col("time") < early).height == rows.height
    moved = Reader(whole, whole.as_of + timedelta(days=75)).rows("events", [account])
    assert 0 < moved.height < later.height


def test_texts_of_the_logs_neither_draw_nor_run(sample_run: Path) -> None:
    evil = "=cmd|\u202e\x1b[31m"
    rows = pl.DataFrame({"operation": [evil], ACCOUNT: ["a"]})
    shown = Shown("events", rows, 1, ("operation",))
    ((cell,),) = cells(shown, 20)
    assert cell == "=cmd|\\u202e\\x1b[31m"
    found = Evidence(asked_of(sample_run, "006772617109", "1"), None, (shown,), (), ())
    assert flat_csv(as_csv(found))["operation"].item().startswith("'=")


def test_a_ring_is_refused_with_one_of_its_accounts(enduse: Enduse, sample_run: Path) -> None:
    scores = pl.read_parquet(sample_run / "scores.parquet").filter(pl.col("ring_id").is_not_null())
    first = scores.sort("rank", "account_id").row(0, named=True)
    done = enduse("evidence", sample_run, first["ring_id"], "1", "--logs", LOGS)
    assert done.code == 2
    assert f"is a ring; expected one of its accounts, such as {first['account_id']}" in done.err


def test_a_share_of_some_rows_is_told_of_those_alone(enduse: Enduse, sample_run: Path) -> None:
    told = asked(enduse, sample_run, "219108240359", "F14-QUOTA-REFUSED")
    assert told["tables"][0]["rows_in_all"] == 1
    assert told["tables"][0]["rows_of_account"] == 5
    [note] = [note for note in told["notes"] if "in the window" in note]
    assert note == "1 of its 5 requests for more quota in the window shows it: 20 %, the value."


def test_a_record_beside_spending_is_shown_with_the_charges(
    enduse: Enduse, sample_run: Path
) -> None:
    reason = reason_of(sample_run, "f13_light_use_declared")
    told = asked(enduse, sample_run, reason["account_id"], "F13-LIGHT-USE-DECLARED")
    record, billed = told["tables"]
    assert (record["table"], billed["table"]) == ("accounts", "usage")
    assert record["rows"][0]["declared_use_class"] in ("web", "gaming", "analytics")
    assert billed["rows_in_all"] > 0
    assert {"EffectiveCost", "gpu_model"} <= set(billed["columns"])
    assert all(row["gpu_model"] for row in billed["rows"])
    whole = billed["rows_of_account"]
    assert f"of its {whole:,} rows of usage in the window show it." in " ".join(told["notes"])
    assert not [note for note in told["notes"] if "depends on its" in note]
