"""Lists are held as they came; where one got worse the older stays, and that is said."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from detector.cli import main
from detector.errors import StateError
from detector.pipeline.ingest import Ingested, ingest
from detector.pipeline.lists import lists_of_source
from detector.pipeline.stored import open_state
from detector.policy.lists import Lists, standing
from detector.policy.lists.accepting import accept
from detector.sources import read_logs
from detector.sources.listing import Listed
from detector.state import Disk, Manifest, Store, check, retain

CLOCK = datetime(2026, 3, 2, tzinfo=UTC)
KEY = b"sixteen bytes or more"
USAGE = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n2026-03-01T00:00Z,2026-03-01T01:00Z,a,a,Usage,Compute,1,Hours,vm\n"
)
Take = Callable[..., Ingested]


def listed(count: int, name: str = "EL") -> str:
    return "name,list\n" + "".join(f"Orlan {n} Works,{name}\n" for n in range(count))


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    (folder / "lists").mkdir(parents=True)
    (folder / "usage.csv").write_text(USAGE)
    (folder / "accounts.csv").write_text("account_id,created_at\na,2026-01-01\n")
    (folder / "lists" / "ours.csv").write_text(listed(10))
    (folder / "lists" / "manifest.toml").write_text("date = 2026-02-20\n")
    return folder


@pytest.fixture
def lists(logs: Path) -> Path:
    return logs / "lists"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def take(logs: Path, state: Path) -> Take:
    def taking(**given: Any) -> Ingested:
        return ingest(logs, state, clock=CLOCK, **given)

    return taking


def held(state: Path) -> tuple[Lists | None, list[str]]:
    with open_state(state, clock=CLOCK) as source:
        return lists_of_source(source), list(source.warnings)


def read(state: Path) -> Lists:
    found, _ = held(state)
    assert found is not None
    return found


def test_a_state_holds_the_lists_as_its_log_folder_does(
    take: Take, state: Path, logs: Path, lists: Path
) -> None:
    (lists / "error.csv").write_text("<html>503</html>")
    (lists / "README.md").write_text("words")
    (lists / "link.csv").symlink_to(logs / "usage.csv")
    with (lists / "large.csv").open("wb") as stream:
        stream.truncate(65 * 1024 * 1024)
    done = take()
    here, there = lists_of_source(read_logs(logs, clock=CLOCK)), read(state)
    assert here is not None
    assert there.entries.equals(here.entries)
    assert (there.files, there.warnings) == (here.files, here.warnings)
    assert [(r.name, r.sentence) for r in there.refused] == [
        (r.name, r.sentence) for r in here.refused
    ]
    assert {r.name for r in here.refused} == {"error.csv", "large.csv", "link.csv"}
    assert set(done.lists) == {r.sentence for r in here.refused} <= set(done.warnings)


def test_lists_that_do_not_change_make_no_new_state(take: Take, lists: Path) -> None:
    (lists / "error.csv").write_text("<html>503</html>")
    first, second = take(), take()
    assert (second.sequence, second.changed, second.lists) == (first.sequence, False, ())


def test_a_changed_list_takes_the_place_of_the_older_as_a_whole(
    take: Take, state: Path, lists: Path
) -> None:
    take()
    (lists / "ours.csv").write_text(listed(12))
    done = take()
    assert (done.changed, read(state).counts) == (True, {"EL": 12})
    # What no manifest names is gone.
    assert check(state)[1] == []
    assert len(list((state / "lists").iterdir())) == 2


def test_a_folder_without_lists_leaves_those_that_are_held(
    take: Take, state: Path, lists: Path
) -> None:
    take()
    shutil.rmtree(lists)
    assert not take().changed
    assert read(state).counts == {"EL": 10}


def test_lists_can_come_alone_and_a_state_without_any_has_none(
    take: Take, state: Path, logs: Path, lists: Path, tmp_path: Path
) -> None:
    lists.rename(tmp_path / "lists")
    take()
    assert held(state)[0] is None
    (tmp_path / "alone").mkdir()
    (tmp_path / "lists").rename(tmp_path / "alone" / "lists")
    assert ingest(tmp_path / "alone", state, clock=CLOCK).changed
    assert read(state).counts == {"EL": 10}


WORSE = {
    "cut": listed(9)[:-4] + '"',
    "shrunk": listed(7),
    "another list": listed(10, "UVL"),
    "a page": "<html>503</html>",
    "nothing": "",
}


@pytest.mark.parametrize("case", WORSE)
def test_where_a_list_got_worse_the_older_stays_with_its_day(
    take: Take, state: Path, lists: Path, case: str
) -> None:
    take()
    (lists / "ours.csv").write_text(WORSE[case])
    (lists / "theirs.csv").write_text(listed(3, "DPL"))
    (lists / "manifest.toml").write_text("date = 2026-03-01\n")
    done = take()
    found, warnings = held(state)
    assert found is not None
    assert found.counts == {"DPL": 3, "EL": 10}
    assert {f.name: f.day for f in found.files} == {
        "ours.csv": date(2026, 2, 20), "theirs.csv": date(2026, 3, 1),
    }  # fmt: skip
    assert not found.refused
    [sentence] = [w for w in warnings if "the state keeps the ours.csv it has" in w]
    assert done.lists == (sentence,)
    again = take()
    assert (again.changed, again.lists) == (False, ())
    assert sentence in again.warnings
    # Once it is mended nothing more is said.
    (lists / "ours.csv").write_text(listed(11))
    assert take().changed
    found, warnings = held(state)
    assert found is not None
    assert found.counts == {"DPL": 3, "EL": 11}
    assert found.files[0].day == date(2026, 3, 1)
    assert not any("keeps" in w for w in warnings)


def test_what_was_no_list_before_is_not_kept_for_what_is_none_now(
    take: Take, state: Path, lists: Path
) -> None:
    (lists / "error.csv").write_text("<html>503</html>")
    take()
    (lists / "error.csv").write_text("name\n")
    assert "keeps" not in take().lists[0]
    assert "a header and no entry" in read(state).refused[0].sentence
    (lists / "error.csv").unlink()
    take()
    assert not read(state).refused


def test_a_list_that_is_gone_stays_until_somebody_says_why(
    take: Take, state: Path, lists: Path
) -> None:
    take()
    (lists / "ours.csv").unlink()
    assert "ours.csv is no longer there: EL vanished (10 before)" in take().lists[0]
    assert read(state).counts == {"EL": 10}
    take(accept_shrink="struck off by 91 FR 1")
    assert read(state).files == ()
    [receipt] = (state / "kept").glob("lists-*.json")
    assert "91 FR 1" in json.loads(receipt.read_bytes())["reason"]
    assert check(state)[1] == []


def test_a_list_under_another_name_takes_the_olders_place(
    take: Take, state: Path, lists: Path
) -> None:
    take()
    (lists / "ours.csv").rename(lists / "theirs.csv")
    assert take().lists == ()
    assert [f.name for f in read(state).files] == ["theirs.csv"]


def test_a_shrunk_list_that_was_accepted_is_taken(
    take: Take, state: Path, lists: Path, tmp_path: Path
) -> None:
    take()
    (tmp_path / "ours.csv").write_text(listed(2))
    accept(tmp_path / "ours.csv", lists, day=date(2026, 3, 1), reason="91 FR 1")
    assert take().lists == ()
    assert read(state).counts == {"EL": 2}


def test_a_manifest_that_is_none_leaves_the_days_that_were_told(
    take: Take, state: Path, lists: Path
) -> None:
    take()
    (lists / "manifest.toml").write_text("not toml")
    (lists / "ours.csv").write_text(listed(11))
    assert "manifest.toml is no TOML" in take().lists[0]
    assert read(state).counts == {"EL": 11}
    assert read(state).files[0].day == date(2026, 2, 20)


class Failing(Disk):
    """A disk that fails at some write or move."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def write(self, path: Path, data: bytes, mode: int = 0o644) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(28, "No space left on device")
        super().write(path, data, mode)

    def replace(self, source: Path, target: Path) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(5, "Input/output error")
        super().replace(source, target)


def test_a_crash_at_any_step_leaves_the_older_lists(take: Take, state: Path, lists: Path) -> None:
    take()
    (lists / "ours.csv").write_text(listed(12))
    (lists / "theirs.csv").write_text(listed(3, "DPL"))
    steps = 0
    while True:
        try:
            take(disk=Failing(steps))
            break
        except StateError:
            assert read(state).counts == {"EL": 10}
            steps += 1
    # A list that was moved into its place is not written again.
    assert steps >= 4
    assert read(state).counts == {"DPL": 3, "EL": 12}
    assert check(state)[1] == []


def test_a_damaged_file_of_the_state_is_found_refused_and_mended_by_ingest(
    take: Take, state: Path
) -> None:
    take()
    digest = Store(state).manifest().lists.files["ours.csv"].sha256
    path = state / "lists" / digest
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"0", b"1"))
    assert [f.path for f in check(state)[1]] == [str(path)]
    found = read(state)
    assert found.entries.is_empty()
    assert "checksum does not fit" in found.refused[0].sentence
    path.unlink()
    assert "missing" in read(state).refused[0].sentence
    take()
    assert read(state).counts == {"EL": 10}
    (state / "lists" / "stray").write_text("x")
    assert [f.kind for f in check(state)[1]] == ["left over"]


def test_a_state_under_pseudonyms_holds_them_and_retention_leaves_them(
    take: Take, state: Path
) -> None:
    take(pseudonym_key=KEY)
    retain(state, 1, now=datetime(2027, 1, 1, tzinfo=UTC))
    found = Store(state).manifest().lists
    assert set(found.files) == {"manifest.toml", "ours.csv"}
    assert check(state)[1] == []


def test_lists_that_are_still_written_wait_together(take: Take, state: Path, lists: Path) -> None:
    take()
    (lists / "ours.csv").write_text(listed(12))
    (lists / "theirs.csv").write_text(listed(3, "DPL"))

    def ready(file: Listed) -> bool:
        return file.path != "lists/theirs.csv"

    assert not take(ready=ready).changed
    assert take().changed
    assert read(state).counts == {"DPL": 3, "EL": 12}


@pytest.fixture
def older_state(take: Take, state: Path) -> Iterator[Path]:
    """A state whose accounts were also read as the table that is no more."""
    take()
    store = Store(state)
    manifest = store.manifest()
    accounts = next(p for p in manifest.parts if p.table == "accounts")
    folder = store.root / "parts" / accounts.key
    shutil.copytree(folder, folder.with_name("f" * 40))
    part = replace(accounts, table="lists", path="lists/ours.csv", key="f" * 40)
    store.publish(manifest.following(parts=(*manifest.parts, part), lists=type(manifest.lists)()))
    return state


def test_a_state_with_the_table_lists_opens_and_lets_go_of_it_at_the_next_ingest(
    older_state: Path, take: Take
) -> None:
    found, _ = held(older_state)
    assert found is None
    retain(older_state, 1, now=datetime(2026, 3, 2, tzinfo=UTC))
    take()
    assert {p.table for p in Store(older_state).manifest().parts} == {"usage", "accounts"}
    assert read(older_state).counts == {"EL": 10}


def test_a_manifest_of_an_older_version_says_nothing_of_lists() -> None:
    body = json.loads(Manifest(sequence=3).to_bytes())["body"]
    del body["lists"]
    from hashlib import sha256

    from detector.state.seal import canonical

    data = canonical({"body": body, "digest": sha256(canonical(body)).hexdigest()})
    assert not Manifest.from_bytes(data, "manifest.json").lists


def test_hostile_lists_are_bounded_and_told(take: Take, state: Path, lists: Path) -> None:
    for number in range(400):
        (lists / f"x{number:03d}.csv").write_text("<html>")
    (lists / "a\x1b[2J\u202e.csv").write_text("<html>")
    (lists / os.fsdecode(b"caf\xe9.csv")).write_text("<html>")
    (lists / "bomb.csv.gz").write_bytes(b"\x1f\x8b" + bytes(100))
    os.mkfifo(lists / "pipe.csv")
    done = take()
    assert all(sentence.isprintable() for sentence in done.warnings)
    assert len(list((state / "lists").iterdir())) <= 10
    found = read(state)
    assert found.counts == {"EL": 10}
    assert any("more files are not read" in r.sentence for r in found.refused)
    assert all(r.sentence.isprintable() for r in found.refused)


def test_ingest_says_by_command_what_was_kept_and_takes_a_reason(
    logs: Path, state: Path, lists: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["ingest", str(logs), "--state", str(state)]
    assert main(asked) == 0
    (lists / "ours.csv").write_text(listed(2))
    assert main(asked) == 0
    assert "EL fell from 10 to 2" in capsys.readouterr().err
    assert main([*asked, "--accept-shrink", " "]) == 2
    assert main([*asked, "--accept-shrink", "91 FR 1"]) == 0
    assert read(state).counts == {"EL": 2}
    assert main(["validate", "--state", str(state)]) == 0
    assert "ours.csv: EL 2; of 2026-02-20" in capsys.readouterr().out


CASES = Path(__file__).parents[3] / "shared" / "cases" / "lanes"


@pytest.mark.skipif(not CASES.is_dir(), reason=f"the folder {CASES} with made cases is not here")
@pytest.mark.parametrize("door", ["folder", "state"])
def test_the_made_lists_come_out_as_expected(
    take: Take, state: Path, logs: Path, lists: Path, door: str
) -> None:
    expected = json.loads((CASES / "lists" / "expected.json").read_text())
    names = ["29_columns.csv", "latin1.csv", *expected["refused"]]
    for name in [*names, "ragged.csv"]:
        shutil.copy(CASES / "lists" / name, lists / name)
    (lists / "ours.csv").unlink()
    take()
    source = read(state) if door == "state" else lists_of_source(read_logs(logs, clock=CLOCK))
    assert source is not None
    whole = expected["lists/29_columns.csv"]
    [file] = [f for f in source.files if f.name == "29_columns.csv"]
    assert sum(file.counts.values()) == whole["names"]
    mine = source.entries.filter(file="29_columns.csv").with_columns(standing(date(2026, 11, 28)))
    assert (mine["standing"] == "expired").sum() == whole["expired"]
    assert {r.name for r in source.refused} == {*expected["refused"], "latin1.csv"}
    assert {"latin1.csv", "ragged.csv"} <= set(source.quarantine["file"])
    # A list that was cut between rows is none beside the one before.
    shutil.copy(CASES / "lists" / "truncated_between_rows.csv", lists / "29_columns.csv")
    done = take()
    assert "29_columns.csv holds less than before" in " ".join(done.lists)
    assert "EL fell from 3 to 1" in " ".join(done.lists)
    assert {f.name: f.sha256 for f in read(state).files}["29_columns.csv"] == file.sha256


@pytest.mark.skipif(not CASES.is_dir(), reason=f"the folder {CASES} with made cases is not here")
@pytest.mark.parametrize("door", ["folder", "state"])
def test_validate_counts_the_made_lists_as_expected(
    take: Take, state: Path, logs: Path, lists: Path, door: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    expected = json.loads((CASES / "lists" / "expected.json").read_text())
    (lists / "ours.csv").unlink()
    for name in ["29_columns.csv", *expected["refused"]]:
        shutil.copy(CASES / "lists" / name, lists / name)
    take()
    opened = [str(logs)] if door == "folder" else ["--state", str(state)]
    assert main(["validate", *opened, "--json", "--as-of", "2026-11-28"]) == 0
    told = json.loads(capsys.readouterr().out)["lists"]
    whole = expected["lists/29_columns.csv"]
    assert {r["list"]: r["current"] + r["expired"] for r in told["lists"]} == whole["by_source"]
    assert sum(r["current"] for r in told["lists"]) == whole["current"]
    assert sorted(r["file"] for r in told["refused"]) == sorted(expected["refused"])


@pytest.mark.skipif(not CASES.is_dir(), reason=f"the folder {CASES} with made cases is not here")
def test_a_notice_of_after_as_of_is_not_known() -> None:
    logs = read_logs(CASES / "tenders_after_as_of", as_of=datetime(2026, 3, 1, tzinfo=UTC))
    assert logs["tenders"].collect().height == 1
