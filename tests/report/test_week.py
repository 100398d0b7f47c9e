"""The section on the week, as a reviewer reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from detector.cli.week_told import lines
from detector.dossier import with_capacity
from detector.report import week
from detector.report.templating import environment_of
from detector.results import Results
from tests.weekmaker import a_week, run


def section(results: Results) -> str:
    told = week.overview(results)
    return environment_of("detector.report").get_template("week.html.j2").render(week=told)


def test_the_section_is_as_it_was_reviewed(as_reviewed: Callable[[str, Path], None]) -> None:
    text = section(with_capacity(a_week(), 1))
    as_reviewed(text, Path(__file__).parent / "golden" / "week.html")


def test_without_an_earlier_run_and_a_capacity_there_is_no_section() -> None:
    assert week.overview(run({"x": {}})) is None


def test_the_terminal_says_what_changed_and_what_fits() -> None:
    told = lines(with_capacity(a_week(), 1))
    assert told[0] == (
        "capacity: The first case fits; 2 more cases wait, the first of these is b1. "
        "The policy queue is not counted."
    )
    assert told[1].startswith("Since 2026-04-09 00:00 UTC 2 accounts entered a queue, ")
    assert told[2].startswith("decision: Confirmed as proxy: ")
    assert lines(run({"x": {}})) == []


def test_names_from_data_draw_nothing(tmp_path: Path) -> None:
    made = a_week()
    assert made.week is not None
    poison = "<b>\u202eevil\x1b[31m"
    rows = [row | {"name": poison, "case": poison} for row in made.week.to_dicts()]
    hostile = replace(
        made, week=made.week.clear().vstack(type(made.week)(rows, schema=made.week.schema))
    )
    text = section(hostile)
    assert "<b>" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    made = with_capacity(a_week(), 1)
    made.write(tmp_path / "out")
    read = Results.read(tmp_path / "out")
    assert read.week is not None
    assert made.week is not None
    assert read.week.equals(made.week)
    assert (read.run.week, read.run.capacity) == (made.run.week, made.run.capacity)
    run({"x": {}}).write(tmp_path / "out")
    assert Results.read(tmp_path / "out").week is None
