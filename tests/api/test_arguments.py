"""Arguments take what a notebook has, or say what they want."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import enduse
from detector import load_model, read_logs, save_model, score_logs, train_logs
from detector.errors import DataError, EnduseError, ModelError, OutputError, UsageError
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


def test_a_pandas_column_of_several_kinds_is_named(logs: Logs) -> None:
    mixed = logs["accounts"].collect().to_pandas()
    mixed["org_name"] = pd.Series([5, *["Example"] * (len(mixed) - 1)], dtype=object)
    with pytest.raises(UsageError, match=r"'accounts'.*'org_name' holds int and str; make it one"):
        as_source({**logs, "accounts": mixed})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"seed": "7"}, r"seed is '7' \(str\); expected a whole number from 0"),
        ({"seed": None}, "seed is None"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": True}, "seed is True"),
        ({"threads": 0}, r"threads is 0 \(int\); expected a whole number from 1"),
        ({"alpha": 5}, r"alpha is 5 \(int\); expected a share from 0 to 1"),
        ({"alpha": "0.01"}, "alpha is '0.01'"),
        ({"alpha": float("nan")}, "alpha is nan"),
        ({"previous": pd.DataFrame()}, "previous is a DataFrame; expected what score_logs gave"),
    ],
)
def test_a_number_that_is_none_is_refused_before_anything_is_read(
    given: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        score_logs("nowhere", **given)


def test_numpys_numbers_are_numbers(logs: Logs) -> None:
    mine = train_logs(logs, seed=np.int64(7), threads=np.int32(1), prior="none")  # type: ignore[arg-type]
    assert mine.model_id == train_logs(logs, seed=7, prior="none").model_id


def test_a_model_that_is_not_there_is_told_apart_from_a_folder_without_one(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"no model at .*there is no such folder.*save_model"):
        load_model(tmp_path / "modell")
    with pytest.raises(ModelError, match=r"no model at .*the folder holds no manifest"):
        score_logs(folder, str(folder))


def test_a_model_is_never_written_into_logs(logs: Logs, folder: Path, tmp_path: Path) -> None:
    trained, before = train_logs(logs, prior="none"), sorted(folder.iterdir())
    with pytest.raises(OutputError, match=r"holds files that are not a model's \(accounts\.csv"):
        save_model(trained, folder)
    assert sorted(folder.iterdir()) == before
    for _ in range(2):  # a model that stands there is replaced
        save_model(trained, tmp_path / "m")
    (tmp_path / "m" / "manifest.json").unlink()  # as a write that was cut short leaves it
    save_model(trained, tmp_path / "m")
    assert load_model(tmp_path / "m").model_id == trained.model_id


def test_what_is_saved_is_a_model_and_where_a_path(logs: Logs) -> None:
    with pytest.raises(UsageError, match=r"model is a str.*save_model\(model, path\)"):
        save_model("m", "elsewhere")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="path is a int; expected the folder"):
        load_model(5)  # type: ignore[arg-type]


def test_the_feature_table_takes_tables_alone(logs: Logs) -> None:
    wanted = enduse.build_features(logs, "2026-03-05")
    eager = {name: frame.collect() for name, frame in logs.items()}
    assert enduse.build_features(eager, "2026-03-05").equals(wanted)
    for given, told in (
        ("sample_logs", r"tables is a str; expected what read_logs\(path\) gives"),
        (
            {"accounts": eager["accounts"].to_pandas()},
            "'accounts' is a DataFrame.*results.features",
        ),
    ):
        with pytest.raises(ValueError, match=told):
            enduse.build_features(given, "2026-03-05")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"registry is a list; expected what features\.with_own"):
        enduse.build_features(logs, "2026-03-05", registry=[])  # type: ignore[arg-type]


def test_a_time_before_all_accounts_says_so(logs: Logs) -> None:
    with pytest.raises(DataError, match=r"0 accounts to learn from.*later as-of"):
        train_logs(logs, as_of="1999-01-01")


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
