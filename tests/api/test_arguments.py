"""Arguments take what a notebook has, or say what they want."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from detector import read_logs, save_model, score_logs, train_logs
from detector.errors import DataError, EnduseError, ModelError, UsageError
from detector.pipeline.training import SHIPPED_FOLDER
from detector.sources import Logs
from detector.sources.given import as_source
from features.moments import moment

MIDNIGHT = datetime(2026, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        MIDNIGHT,
        datetime(2026, 3, 5),
        date(2026, 3, 5),
        datetime(2026, 3, 5, 2, tzinfo=timezone(timedelta(hours=2))),
        "2026-03-05",
        "2026-03-05T00:00:00Z",
        " 2026-03-05T01:00+01:00",
        pd.Timestamp("2026-03-05"),
        pd.Timestamp("2026-03-05T02:00", tz="Etc/GMT-2"),
        np.datetime64("2026-03-05"),
        np.datetime64("2026-03-05T00:00:00.000000000"),
        np.str_("2026-03-05"),
    ],
    ids=lambda given: f"{type(given).__name__} {given}",
)
def test_one_moment_in_every_form(given: object) -> None:
    found = moment(given)
    assert found == MIDNIGHT
    assert type(found) is datetime
    assert found.tzinfo is UTC


@pytest.mark.parametrize("given", [5, "yesterday", pd.NaT, None, 1772668800.0, ["2026-03-05"]])
def test_what_is_no_moment_is_named(given: object) -> None:
    with pytest.raises(ValueError, match="expected an ISO 8601 time"):
        moment(given)


def test_every_door_takes_a_text_as_time(folder: Path, logs: Logs) -> None:
    read = read_logs(folder, as_of="2026-03-05")
    assert read.as_of == MIDNIGHT
    cut = train_logs(logs, as_of="2026-03-05", prior="none")
    assert cut.card is not None
    assert cut.card.window_end.startswith("2026-03-05T00:00")
    for call in (read_logs, train_logs, score_logs):
        with pytest.raises(UsageError, match="as_of is 'soon'"):
            call(folder, as_of="soon")  # type: ignore[operator]


def _rows(logs: object, table: str) -> pl.DataFrame:
    return pl.concat(list(as_source(logs, MIDNIGHT).parts(table)))


@pytest.mark.parametrize("table", ["usage", "accounts", "payments"])
def test_tables_are_the_same_from_every_kind_of_frame(logs: Logs, table: str) -> None:
    wanted = _rows(dict(logs), table)
    eager = {name: frame.collect() for name, frame in logs.items()}
    kinds: list[dict[str, Any]] = [
        eager,
        {name: frame.to_arrow() for name, frame in eager.items()},
        {name: frame.to_pandas() for name, frame in eager.items()},
    ]
    for given in kinds:
        assert _rows(given, table).equals(wanted)


def test_a_frame_as_a_file_would_hold_it_is_read_and_checked(folder: Path, logs: Logs) -> None:
    raw = pl.read_csv(folder / "payments.csv")
    assert _rows({**logs, "payments": raw}, "payments").equals(_rows(dict(logs), "payments"))
    bad = raw.with_columns(time=pl.when(pl.col("account_id") == "acct-007").then("time"))
    with pytest.raises(DataError, match="rows of payments"):
        as_source({**logs, "payments": bad})
    one = raw.with_columns(
        kind=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("gift")).otherwise("kind")
    )
    source = as_source({**logs, "payments": one})
    assert (source.counts["payments"].quarantined, source.quarantine["row"].to_list()) == (1, [4])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (5, "logs is a int; expected what read_logs"),
        ({"usgae": pl.LazyFrame()}, "no table 'usgae'; known are usage,"),
        ({"usage": [1]}, "'usage' is a list; expected a Polars, pandas or Arrow frame"),
        ({"usage": pl.DataFrame({"a": [1]})}, "lacks the columns"),
        ("nowhere/at/all", "nowhere"),
    ],
)
def test_what_are_no_logs_says_what_is_wanted(given: Any, told: str) -> None:
    with pytest.raises(EnduseError, match=told):
        as_source(given)


def test_labels_beside_the_logs_stand_in_for_their_own(logs: Logs, tmp_path: Path) -> None:
    decided = pl.DataFrame(
        {
            "account_id": ["acct-001"],
            "decision": ["confirmed_proxy"],
            "decided_at": ["2026-03-02T00:00:00Z"],
        }
    )
    decided.write_csv(tmp_path / "mine.csv")
    for given in (decided, decided.to_pandas(), tmp_path / "mine.csv", str(tmp_path / "mine.csv")):
        source = as_source(logs, MIDNIGHT, given)
        (rows,) = source.parts("labels")
        assert rows["account_id"].to_list() == ["acct-001"]
        assert list(source.tables()) == ["usage", "accounts", "payments", "labels"]
    trained = train_logs(logs, labels=decided, prior="none")
    assert trained.card is not None
    assert trained.card.excluded == 1
    with pytest.raises(UsageError, match="does not exist"):
        as_source(logs, MIDNIGHT, tmp_path / "none.csv")


@pytest.mark.long  # trains, and scores twice
def test_a_model_and_an_earlier_run_may_be_paths(logs: Logs, tmp_path: Path) -> None:
    trained = train_logs(logs, prior=SHIPPED_FOLDER / "simulated")
    save_model(trained, tmp_path / "m")
    first = score_logs(logs, str(tmp_path / "m"))
    assert first.run.model.prior == "given"
    first.write(tmp_path / "out")
    again = score_logs(logs, tmp_path / "m", previous=tmp_path / "out")
    assert set(again.scores["change"]) == {"same"}
    with pytest.raises(ModelError, match="model is a int"):
        score_logs(logs, 5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="a prior that it holds"):
        score_logs(logs, trained, prior=SHIPPED_FOLDER / "simulated")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"prior": "simulatd"}, "prior is 'simulatd'; expected 'simulated', 'none', or the folder"),
        ({"view": "lof"}, "no view 'lof'"),
        ({"own_weight": -1}, "own_weight is -1; expected a number from 0"),
        ({"outside": "scores.csv"}, "outside scores are a str"),
    ],
)
def test_other_arguments_say_what_they_want(logs: Logs, given: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        train_logs(logs, **given)
