"""A broken site is told of and taken back: a small version of benchmarks/alert_stories.py."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from benchmarks.alert_site import hurried
from benchmarks.alert_stories import MINUTES, STORIES, Story, Told, shown

Needs = Callable[..., str]


@pytest.mark.long
def test_a_damaged_manifest_pages_names_itself_and_is_taken_back(
    repository: Path, needs_program: Needs
) -> None:
    needs_program("prometheus", "apt-get install prometheus")
    needs_program(
        ("prometheus-alertmanager", "alertmanager"), "apt-get install prometheus-alertmanager"
    )
    script = repository / "benchmarks" / "alert_stories.py"
    done = subprocess.run(
        [sys.executable, str(script), "--stories", "damaged manifest", "--faster", "20"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "EnduseIngestFailing" in done.stdout
    assert "state_damaged" in done.stdout


def test_a_hurry_shortens_minutes_and_leaves_hours_and_days(repository: Path) -> None:
    text = "expr: changes(x[30m]) > 9 * 60 or y[1d] > 3 * 3600 or z > 2 * 86400\nfor: 5m\nfor: 1h\n"
    assert hurried(text, 10) == (
        "expr: changes(x[180000ms]) > 9 * 6 or y[1d] > 3 * 3600 or z > 2 * 86400\n"
        "for: 30000ms\nfor: 1h\n"
    )
    for name in ("rules.yml", "prometheus.yml"):
        shipped = (repository / "deploy" / "prometheus" / name).read_text()
        assert yaml.safe_load(hurried(shipped, 20)).keys() == yaml.safe_load(shipped).keys()


@pytest.mark.parametrize(
    ("came", "cleared", "summary", "lost", "fine"),
    [
        (40.0, 9.0, "it is no_space", (), True),
        (None, None, "", (), False),
        (46.0, 9.0, "it is no_space", (), False),
        (40.0, None, "it is no_space", (), False),
        (40.0, 9.0, "it is other", (), False),
        (40.0, 9.0, "it is no_space", ("EnduseRingAppeared",), False),
    ],
    ids=["well", "no message", "late", "not taken back", "not named", "told as mended by a stop"],
)
def test_a_story_is_well_only_where_all_of_it_is(
    came: float | None, cleared: float | None, summary: str, lost: tuple[str, ...], *, fine: bool
) -> None:
    story = Story("EnduseIngestFailing", "page", "no_space", STORIES["full disk"].broken)
    assert MINUTES == 15
    assert shown(Told("x", story, came, cleared, summary, (), lost), 20.0)[1] is fine


def test_every_story_tells_of_an_alert_of_the_rules(repository: Path) -> None:
    held = yaml.safe_load((repository / "deploy" / "prometheus" / "rules.yml").read_text())
    rules = {r["alert"]: r for g in held["groups"] for r in g["rules"] if "alert" in r}
    for name, story in STORIES.items():
        if name != "future row":
            assert rules[story.alert]["labels"]["severity"] == story.severity, name
