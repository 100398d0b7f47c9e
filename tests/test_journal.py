"""What a service says: a line an event, no more of one event than can be read, nothing raw."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.journal import BURST, Form, Journal, last_words, opened

LOG = logging.getLogger("detector.test")
HOSTILE = 'a\x1b[2J\r\n{"level":"info"}\u202e\x00\ud800"'


class Kept:
    """A journal on a text, whose clock stands still until it is moved."""

    def __init__(self, form: Form) -> None:
        self.stream, self.now = io.StringIO(), 0.0
        self.journal = Journal(self.stream, form, lambda: self.now)

    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def held(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines()]


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Iterator[Kept]:
    kept = Kept(getattr(request, "param", "json"))
    LOG.addHandler(kept.journal)
    LOG.setLevel(logging.INFO)
    yield kept
    LOG.removeHandler(kept.journal)


@pytest.mark.parametrize("kept", ["text", "json"], indirect=True)
def test_text_of_others_is_one_line_that_no_terminal_obeys(kept: Kept) -> None:
    # Past the logger: what reports on tests keeps what is logged, and half a character ends it.
    for text, about in ((HOSTILE, {"file": HOSTILE}), ("x" * 99_999, {})):
        extra = {"event": "odd", "about": about}
        given = (LOG.name, logging.WARNING, __file__, 1, "found %s", (text,), None)
        kept.journal.handle(LOG.makeRecord(*given, extra=extra))
    hostile, long = kept.lines()
    assert hostile.isprintable()
    assert hostile.isascii() or kept.journal.formatter.__class__.__name__ == "_Text"
    assert len(long) < 3000


def test_json_has_time_level_event_and_what_it_is_about(kept: Kept) -> None:
    LOG.warning("%s failed", "ingest", extra={"event": "odd", "about": {"stage": "ingest", "n": 2}})
    LOG.info("a library speaks")
    odd, other = kept.held()
    assert odd.pop("time").endswith("Z")
    assert odd == {
        "level": "warning", "event": "odd", "message": "ingest failed", "stage": "ingest", "n": 2
    }  # fmt: skip
    assert (other["event"], other["level"]) == ("detector.test", "info")


def test_lines_of_one_event_are_limited_counted_and_hold_no_other_event_back(kept: Kept) -> None:
    for n in range(BURST + 7):
        LOG.warning("file %d", n, extra={"event": "odd"})
    LOG.warning("else", extra={"event": "other"})
    assert [line["message"] for line in kept.held()][-2:] == [f"file {BURST - 1}", "else"]
    kept.now += 1.0
    for n in (1, 2, 3):
        LOG.warning("again %d", n, extra={"event": "odd"})
    assert (kept.held()[-1]["message"], kept.held()[-1]["held_back"]) == ("again 1", 7)
    LOG.critical("the end", extra={"event": "odd"})
    assert (kept.held()[-1]["message"], kept.held()[-1]["held_back"]) == ("the end", 2)


def test_what_was_held_back_is_told_at_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    with opened("json"):
        for _ in range(BURST + 5):
            LOG.warning("x", extra={"event": "odd"})
    last = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert (last["event"], last["of"], last["count"]) == ("held_back", "odd", 5)


def test_a_failure_tells_its_place_and_no_values(capfd: pytest.CaptureFixture[str]) -> None:
    def fails(secret: str) -> None:
        raise ValueError("two\nlines")

    with opened("json"):
        thread = threading.Thread(target=fails, args=("hush-hush",))
        thread.start()
        thread.join()
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)
            warnings.warn("of a library", stacklevel=1)
    said = capfd.readouterr().err
    first, second = map(json.loads, said.splitlines())
    assert first["event"] == "thread_ended"
    assert first["message"] == "a thread ended: ValueError: two\\nlines"
    assert first["trace"][-1].startswith("test_journal.py:")
    assert "of a library" in second["message"]
    assert "hush" not in said


def test_a_journal_that_takes_no_lines_ends_nothing(kept: Kept) -> None:
    kept.stream.close()
    LOG.warning("lost")


def test_the_last_words_are_a_line_too(capfd: pytest.CaptureFixture[str]) -> None:
    last_words("state is held by another\nwriter")
    held = json.loads(capfd.readouterr().err)
    assert (held["event"], held["level"]) == ("ended", "critical")
    assert held["message"] == "state is held by another\\nwriter"
    assert not logging.getLogger().hasHandlers() or all(
        not isinstance(handler, Journal) for handler in logging.getLogger().handlers
    )


def test_whoever_says_something_names_the_event_and_the_manual_has_it(repository: Path) -> None:
    calls = [
        (f"{path.name}:{node.lineno}", {word.arg: word.value for word in node.keywords})
        for path in sorted((repository / "detector").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "_LOG"
    ]
    assert len(calls) > 10
    assert [place for place, words in calls if "extra" not in words] == []
    manual = (repository / "docs" / "operations.md").read_text()
    events = {
        found
        for _, words in calls
        for found in re.findall(r"'event': '(\w+)'", ast.unparse(words["extra"]))
    }
    assert len(events) > 10
    assert {event for event in events if f"`{event}`" not in manual} == set()
