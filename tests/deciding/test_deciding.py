"""Who of a case gets which word, what a file already says, and who is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.deciding.deciding import decide
from detector.deciding.named import others
from detector.deciding.outcomes import plain
from detector.errors import DataError, UsageError
from detector.sources.doubts import doubts
from detector.sources.onefile import read_one
from tests.deciding.made import AT, QUEUES, RING, said


def rows(labels: Path) -> list[dict[str, Any]]:
    return read_one(labels, "labels").rows.to_dicts()


def words(labels: Path) -> dict[str, str]:
    return {row["account_id"]: row["decision"] for row in rows(labels)}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return tmp_path / "labels.csv"


def test_a_row_says_who_decided_what_when_why_about_which_case(out: Path, labels: Path) -> None:
    decide(out, "twice", said("unresolved"), labels)
    assert rows(labels) == [
        {"account_id": "twice", "decision": "unresolved", "decided_at": AT, "ring_id": RING,
         "reviewer": "ann", "note": "asked the holder", "expires_at": None, "basis": "review"}
    ]  # fmt: skip


def test_of_a_confirmed_ring_evidence_of_ones_own_or_two_kinds_confirm(
    out: Path, labels: Path
) -> None:
    decide(out, RING, said(), labels)
    assert {name for name, word in words(labels).items() if word == "confirmed_proxy"} == {
        "queued", "twice",
    }  # fmt: skip
    assert set(words(labels)) == set(QUEUES)


@pytest.mark.parametrize("outcome", ["cleared", "unresolved", "confirmed_victim"])
def test_every_other_word_goes_to_the_whole_ring(out: Path, labels: Path, outcome: str) -> None:
    decide(out, RING, said(outcome), labels)
    assert words(labels) == dict.fromkeys(QUEUES, outcome)


def test_members_who_are_named_get_what_is_said_of_them(out: Path, labels: Path) -> None:
    asked = said(also=("client",), others={"queued": "cleared", "hurt": "confirmed_victim"})
    told = decide(out, RING, asked, labels)
    found = words(labels)
    assert (found["client"], found["queued"], found["hurt"], found["timed"]) == (
        "confirmed_proxy", "cleared", "confirmed_victim", "unresolved",
    )  # fmt: skip
    assert told.about_a_victim


def test_a_clearing_always_ends_and_nothing_else_does(out: Path, labels: Path) -> None:
    decide(out, RING, said("cleared", others={"queued": "unresolved"}), labels)
    ends = {row["account_id"]: row["expires_at"] for row in rows(labels)}
    assert ends.pop("queued") is None
    assert set(ends.values()) == {AT + timedelta(days=180)}
    decide(out, "alone", said("cleared", days=30), labels)
    assert rows(labels)[-1]["expires_at"] == AT + timedelta(days=30)


def test_what_stands_is_not_taken_back_by_the_way(out: Path, labels: Path) -> None:
    decide(out, "timed", said("confirmed_proxy", decided_at=AT - timedelta(days=9)), labels)
    decide(out, "bare", said("cleared", days=30, decided_at=AT - timedelta(days=40)), labels)
    told = decide(out, RING, said(), labels)
    assert "timed" not in {row["account_id"] for row in told.rows}
    assert next(e.why for e in told.outcomes if e.member.account_id == "timed") == (
        "stays confirmed_proxy"
    )
    assert words(labels)["bare"] == "unresolved"  # its clearing had run out
    assert told.before["account_id"].to_list() == ["timed", "bare"]


@pytest.mark.parametrize("hours", [0.5, 24])
def test_another_word_within_a_day_is_refused_unless_it_is_overruled(
    out: Path, labels: Path, hours: float
) -> None:
    decide(out, "alone", said("confirmed_proxy"), labels)
    bob = {"reviewer": "bob", "decided_at": AT + timedelta(hours=hours)}
    before = labels.read_bytes()
    with pytest.raises(UsageError, match=r"by ann at 2026-10-30 12:00 UTC \(asked the holder\)"):
        decide(out, "alone", said("cleared", **bob), labels)
    assert labels.read_bytes() == before
    decide(out, "alone", said("cleared", overrule=True, **bob), labels)
    assert rows(labels)[-1]["note"] == (
        "overrules confirmed_proxy by ann of 2026-10-30 12:00 UTC: asked the holder"
    )


def test_after_a_day_or_in_the_same_words_nothing_contradicts(out: Path, labels: Path) -> None:
    decide(out, "alone", said("confirmed_proxy"), labels)
    decide(out, "alone", said("confirmed_proxy", decided_at=AT + timedelta(hours=1)), labels)
    decide(out, "alone", said("unresolved", decided_at=AT + timedelta(hours=26)), labels)
    assert doubts(read_one(labels, "labels").rows) == []


@pytest.mark.parametrize("hours", [0, 48])
def test_a_decision_that_would_not_count_is_refused_whatever_is_said(
    out: Path, labels: Path, hours: int
) -> None:
    decide(out, "alone", said("cleared", decided_at=AT + timedelta(hours=hours)), labels)
    with pytest.raises(UsageError, match="which would not count; decide with a later time"):
        decide(out, "alone", said("confirmed_proxy", overrule=True), labels)


@pytest.mark.parametrize(
    ("name", "more", "sentence"),
    [
        ("acct-01", {}, "'acct-01' is no case of this run.*near it: acct-001"),
        ("ring-on", {}, "near it: ring-one"),
        ("?\x1b[2J", {}, r"'\?\\x1b\[2J' is no case.*the report and scores.parquet list them"),
        (RING, {"also": ("alone",)}, "--also names 'alone', which is no member of ring-one"),
        (RING, {"others": {"quened": "cleared"}}, "--members names 'quened'.*near it: queued"),
        (RING, {"also": ("bare",), "others": {"bare": "cleared"}}, "by --also and --members"),
        ("alone", {"also": ("alone",)}, "this case is one account"),
        (RING, {"days": 60}, "nobody is cleared"),
    ],
)
def test_words_that_do_not_go_together_are_refused(
    out: Path, labels: Path, name: str, more: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        decide(out, name, said(**more), labels)
    assert not labels.exists()


def test_also_is_refused_where_everybody_gets_the_word(out: Path, labels: Path) -> None:
    with pytest.raises(UsageError, match="every member gets cleared anyway"):
        decide(out, RING, said("cleared", also=("bare",)), labels)


def test_a_dry_run_tells_the_rows_and_writes_none(out: Path, labels: Path) -> None:
    told = decide(out, RING, said(), labels, dry_run=True)
    assert len(told.rows) == len(QUEUES)
    assert not labels.exists()


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, labels: Path) -> None:
    with pytest.raises(DataError, match="is not a results folder"):
        decide(tmp_path, "alone", said(), labels)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "--note is blank"), (" \n\t", "--note is blank"), ("NULL", "--note is blank"),
        ("x" * 4001, "--note has 4,001 characters; expected at most 4,000"),
        ("a\x1b[31mb", r"not printed: a\\x1b\[31mb; write plain text"),
        ("a\u202eb", r"not printed: a\\u202eb"), ("a\x00b", "not printed"),
        ("a\ud800b", "not printed"),
    ],
)  # fmt: skip
def test_a_note_is_one_line_of_plain_text(text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        plain(text, "note")


def test_a_note_in_any_script_is_kept() -> None:
    assert plain("می\u200cخواهم 核实 ✓ <b>", "note") == "می\u200cخواهم 核实 ✓ <b>"


def test_members_may_be_named_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text('account_id,decision\n"a,b=c",cleared\n007,UNRESOLVED\n')
    assert others(str(path)) == {"a,b=c": "cleared", "007": "unresolved"}
    path.write_text("id,decision\n1,cleared\n")
    with pytest.raises(DataError, match="expected CSV with the columns account_id and decision"):
        others(str(path))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [("a", "expected ID=OUTCOME"), ("a=guilty", "'guilty' is no outcome; expected one of conf"),
     ("a=cleared,a=unresolved", "gives 'a' two outcomes"), ("=cleared", "expected ID=OUTCOME")],
)  # fmt: skip
def test_members_that_nobody_can_read_are_refused(given: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        others(given)
