"""Whatever way files arrive, the state shows what one clean reading of them shows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from detector import read_logs, score_logs
from detector.errors import DataError, StateError, TooManyBadRows
from detector.pipeline.stored import open_state
from detector.state import Store, check
from tests.examples import examples

Put = Callable[[Path, Mapping[str, str]], Path]
Shown = Callable[..., dict[str, Any]]
MakeRows = Callable[[str, range], str]
START = datetime(2026, 3, 1, tzinfo=UTC)
TIMED = ("usage", "events", "model_usage")


@st.composite
def arrivals(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Steps: files that appear in the inbox before each ingest, some restated, some copies."""
    steps = []
    for _ in range(draw(st.integers(1, 4))):
        files = []
        for _ in range(draw(st.integers(1, 3))):
            first = draw(st.integers(0, 60))
            table = draw(st.sampled_from(TIMED))
            place = draw(
                st.sampled_from(
                    [
                        "{t}/a.csv", "{t}/b.csv", "{t}/deep/c.csv",
                        "{t}/v1/source=x/period=1/a.csv", "{t}/v1/source=x/period=1/b.csv",
                        "{t}/v2/source=x/period=1/a.csv", "{t}/source=y/period=2/a.csv",
                    ]
                )
            )  # fmt: skip
            # The parts of one delivery tell of different things: what repeats is another version.
            part = 100 if "source=" in place and place.endswith("b.csv") else 0
            rows = draw(st.integers(1, 30))
            files.append((table, place.format(t=table), part + first, rows))
        steps.append({"files": files, "again": draw(st.booleans()), "empty": draw(st.booleans())})
    return steps


class _Expected:
    """The contract's rules of deliveries, said once more and simply."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def arrive(self, folder: Mapping[str, str]) -> None:
        kept = {}
        for path, content in folder.items():
            rival = [p for p in folder if self._delivery(p) == self._delivery(path)]
            if self._delivery(path) is None or self._parent(path) == max(map(self._parent, rival)):
                kept[path] = content
        replaced = {self._delivery(path) for path in kept} - {None}
        left = {p: c for p, c in self.files.items() if self._delivery(p) not in replaced}
        self.files = {**left, **kept}

    @staticmethod
    def _parent(path: str) -> str:
        return path.partition("source=")[0]

    @staticmethod
    def _delivery(path: str) -> tuple[str, str] | None:
        if "source=" not in path:
            return None
        table = path.split("/", 1)[0]
        return table, path[path.index("source=") :].rpartition("/")[0]


# An example takes half a second.
EXAMPLES = examples(max(4, settings.default.max_examples // 2))


@settings(phases=[Phase.explicit, Phase.generate], max_examples=EXAMPLES)
@given(steps=arrivals(), hours=st.integers(20, 200), hold=st.sampled_from([0, 2, 400]))
def test_any_order_duplicates_late_and_restated_files_converge(
    steps: list[dict[str, Any]],
    hours: int,
    hold: int,
    make_rows: MakeRows,
    facts: dict[str, str],
    put: Put,
    take: Callable[..., Any],
    from_state: Shown,
    from_logs: Shown,
    tmp_path: Path,
) -> None:
    for name in ("inbox", "state"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    inbox: dict[str, str] = {**facts, "usage/0.csv": make_rows("usage", range(3, 9))}
    expected = _Expected()
    for step in steps:
        for table, path, first, count in step["files"]:
            inbox[path] = make_rows(table, range(first, first + count))
        put(tmp_path / "inbox", inbox)
        expected.arrive(inbox)
        take(tmp_path / "inbox", hold=timedelta(days=hold))
        if step["again"]:
            assert not take(tmp_path / "inbox", hold=timedelta(days=hold)).changed
        if step["empty"]:
            # What was ingested may be removed from the inbox.
            shutil.rmtree(tmp_path / "inbox")
            inbox = {}
    assert from_state() == from_logs(expected.files)
    if hold == 400:
        # Exact at any earlier as-of too, in the middle of days and of rows.
        moment = START + timedelta(hours=hours, seconds=17)
        assert from_state(moment) == from_logs(expected.files, moment)


def test_scores_from_state_are_byte_equal_to_scores_from_the_folder(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any], tmp_path: Path
) -> None:
    files = {**facts, **{f"{t}/{n}.csv": make_rows(t, range(20 * n, 20 * n + 20))
             for t in TIMED for n in range(3)}}  # fmt: skip
    for path in sorted(files, reverse=True):
        take(put(tmp_path / "one" / path.replace("/", "-"), {path: files[path]}), max_bad=1)
    with open_state(tmp_path / "state", max_bad=0.9) as stored:
        live = score_logs(stored)
    batch = score_logs(read_logs(put(tmp_path / "all", files), max_bad=0.9, hash_key=b"k" * 16))
    for results, name in ((live, "live"), (batch, "batch")):
        results.write(tmp_path / name)
    for table in ("scores", "rings", "features", "quarantine", "timelines", "followups"):
        here, there = (tmp_path / n / f"{table}.parquet" for n in ("live", "batch"))
        assert here.read_bytes() == there.read_bytes(), table
    counted = {t: {**c, "late": 0} for t, c in live.run["counts"].items()}
    assert counted == batch.run["counts"]
    here, there = (
        {name: told for name, told in run.items() if name not in ("timings", "counts")}
        for run in (live.run, batch.run)
    )
    del here["model"]["trained_at"], there["model"]["trained_at"]
    assert here == there


def test_a_copy_counts_once_and_takes_over_when_the_first_is_replaced(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    from_state: Shown, from_logs: Shown, tmp_path: Path,
) -> None:  # fmt: skip
    same = make_rows("usage", range(3, 12))
    files = {**facts, "usage/a.csv": same, "usage/b.csv": same}
    done = take(put(tmp_path / "inbox", files))
    assert [w for w in done.warnings if "counted once" in w]
    assert from_state() == from_logs(files)
    batch = read_logs(tmp_path / "inbox", max_bad=0.9).validate()["usage"]
    with open_state(tmp_path / "state", max_bad=0.9) as stored:
        assert stored.counts["usage"] == batch
    assert (batch.read, batch.duplicate) == (2 * batch.duplicate, batch.ok + batch.quarantined)
    shutil.rmtree(tmp_path / "inbox")
    files["usage/a.csv"] = make_rows("usage", range(12, 20))
    take(put(tmp_path / "inbox", {"usage/a.csv": files["usage/a.csv"]}))
    assert from_state() == from_logs(files)


def test_rows_of_days_seen_before_are_counted_as_late(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any], tmp_path: Path
) -> None:
    take(put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(3, 30))}))
    take(put(tmp_path / "inbox", {"events/e.csv": make_rows("events", range(4))}))
    with open_state(tmp_path / "state", max_bad=0.9) as logs:
        assert logs.counts["events"].late == 4
        assert logs.counts["usage"].late == 0


def test_a_file_that_cannot_be_read_leaves_the_state_as_it_was(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    from_state: Shown, tmp_path: Path,
) -> None:  # fmt: skip
    inbox = put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(3, 30))})
    take(inbox)
    before = from_state()
    put(inbox, {"usage/b.csv": make_rows("usage", range(40, 50)), "events/bad.csv": "no,columns\n"})
    with pytest.raises(DataError, match=r"events/bad\.csv"):
        take(inbox)
    assert from_state() == before
    done = take(inbox, reject=True)
    assert [r.path for r in done.rejected] == ["events/bad.csv"]
    assert not take(inbox, reject=True).changed
    put(inbox, {"events/bad.csv": make_rows("events", range(3))})
    assert take(inbox, reject=True).added == ("events/bad.csv",)
    assert Store(tmp_path / "state").manifest().rejected == ()


def test_a_delivery_with_a_bad_file_leaves_the_older_one_standing(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    from_state: Shown, tmp_path: Path,
) -> None:  # fmt: skip
    place = "usage/source=x/period=1/"
    files = {**facts, f"{place}a.csv": make_rows("usage", range(3, 12))}
    take(put(tmp_path / "one", files))
    before = from_state()
    bad = {f"{place}a.csv": make_rows("usage", range(3, 30)), f"{place}b.csv": "no,columns\n"}
    assert take(put(tmp_path / "two", bad), reject=True).rejected
    assert from_state() == before
    assert not take(tmp_path / "two", reject=True).changed


def test_too_many_bad_rows_are_refused(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any], tmp_path: Path
) -> None:
    inbox = put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(30))})
    with pytest.raises(TooManyBadRows, match="usage"):
        take(inbox, max_bad=0.01)
    assert Store(tmp_path / "state").manifest().sequence == 0


def test_an_as_of_before_the_held_rows_is_refused_in_one_sentence(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    from_state: Shown, tmp_path: Path,
) -> None:  # fmt: skip
    inbox = put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(3, 60))})
    take(inbox, hold=timedelta(days=1))
    with pytest.raises(DataError, match="give a later --as-of"):
        from_state(START + timedelta(hours=40))


def test_a_file_that_changes_while_it_is_read_is_not_taken(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    inbox = put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(3, 30))})
    from detector.pipeline import making as module

    make_part = module.make_part

    def slow(*given: Any) -> Any:
        part = make_part(*given)
        os.utime(inbox / "usage/a.csv", ns=(1, 1))
        return part

    monkeypatch.setattr(module, "make_part", slow)
    with pytest.raises(DataError, match="changed while it was read"):
        take(inbox)


def test_parts_of_another_catalogue_are_made_again_or_refused(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any],
    tmp_path: Path,
) -> None:  # fmt: skip
    from dataclasses import replace

    from features.catalogue import Catalogue

    inbox = put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(3, 30))})
    take(inbox)
    other = replace(Catalogue.load(), version="another")
    with (
        pytest.raises(StateError, match="another GPU catalogue"),
        open_state(tmp_path / "state", catalogue=other),
    ):
        pass
    assert take(inbox, catalogue=other).changed
    with open_state(tmp_path / "state", catalogue=other, max_bad=0.9) as logs:
        assert "usage" in logs


def test_a_folder_with_other_things_is_no_state(put: Put, take: Callable[..., Any],
                                                tmp_path: Path) -> None:  # fmt: skip
    put(tmp_path / "state", {"holiday.jpg": "x"})
    with pytest.raises(StateError, match="expected a state folder or an empty one"):
        take(put(tmp_path / "inbox", {"accounts.csv": "account_id,created_at\n"}))
    assert (tmp_path / "state" / "holiday.jpg").read_text() == "x"


def test_a_reader_keeps_its_files_while_a_writer_replaces_them(
    make_rows: MakeRows, facts: dict[str, str], put: Put, take: Callable[..., Any], tmp_path: Path
) -> None:
    inbox = put(tmp_path / "inbox", {**facts, "usage/a.csv": make_rows("usage", range(3, 30))})
    take(inbox)
    with open_state(tmp_path / "state", max_bad=0.9) as before:
        put(inbox, {"usage/a.csv": make_rows("usage", range(40, 60))})
        take(inbox)
        old = before.rolled("usage", before.as_of)["usage"]
    with open_state(tmp_path / "state", max_bad=0.9) as after:
        assert not after.rolled("usage", after.as_of)["usage"].equals(old)
    take(put(inbox, {"usage/b.csv": make_rows("usage", range(5))}))
    assert check(tmp_path / "state")[1] == []
