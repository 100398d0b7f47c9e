"""Help answers at once: nothing heavy is loaded before a command needs it."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest

from detector.cli import main
from detector.cli.branches import BRANCHES

HEAVY = {
    "sklearn", "pyod", "numba", "pandas", "polars", "dataframely", "pydantic_settings",
    "pyarrow", "scipy", "numpy", "matplotlib", "rich.table", "werkzeug", "jinja2", "sqlite3",
}  # fmt: skip
PROBE = """
import json, sys
sys.argv = ["enduse", *{words!r}]
{body}
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
CALL = "from detector.cli import main\nassert main() == 0"


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ([], "import detector"),
        (["--help"], CALL),
        (["score", "--help"], CALL),
        (["config", "show", "--help"], CALL),
        (["serve", "--help"], CALL),
        (["version"], CALL),
    ],
)
def test_nothing_heavy_is_loaded(repository: Path, words: list[str], body: str) -> None:
    assert HEAVY & loaded(repository, words, body) == set()


def loaded(repository: Path, words: list[str], body: str = CALL) -> set[str]:
    """Modules that a process has in the end."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(words=words, body=body)],
        cwd=repository, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_only_the_command_that_is_called_is_loaded(repository: Path) -> None:
    commands = {f"detector.cli.{name}" for name in BRANCHES}
    assert loaded(repository, ["--help"]) & commands == set()
    assert loaded(repository, ["version"]) & commands == {"detector.cli.version"}


def test_what_a_command_made_is_not_looked_through_when_it_ends(repository: Path) -> None:
    ended = f"{CALL}\nimport gc\nassert gc.get_freeze_count() > 1_000"
    loaded(repository, ["version"], ended)
    frozen = gc.get_freeze_count()
    assert main(["version"]) == 0
    # Of what was frozen before, some may have gone.
    assert gc.get_freeze_count() <= frozen, "this process goes on"


@pytest.mark.long
def test_a_run_loads_nothing_that_it_does_not_need(repository: Path, tmp_path: Path) -> None:
    found = loaded(repository, ["score", "sample_logs", "--out", str(tmp_path / "out")])
    assert {"polars", "detector.pipeline.run", "detector.report.render"} <= found
    assert found & {
        "pandas", "sklearn", "numba", "pyod", "matplotlib", "werkzeug", "sqlite3",
        "detector.state", "detector.pipeline.stored", "detector.pipeline.week.comparing",
        "detector.sources.remote", "detector.sources.native.adapters", "detector.spark",
    } == set()  # fmt: skip


def test_the_public_names_are_found_on_first_use() -> None:
    import detector

    for name in detector.__all__:
        assert getattr(detector, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'read_log'"):
        detector.read_log  # noqa: B018
