"""Help answers at once: nothing heavy is loaded before a command needs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

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
    code = PROBE.format(words=words, body=body)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
    )
    assert HEAVY & set(json.loads(done.stderr)) == set()


def test_only_the_command_that_is_called_is_loaded(repository: Path) -> None:
    for words, commands in ((["--help"], set()), (["version"], {"detector.cli.version"})):
        code = PROBE.format(words=words, body=CALL)
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
        )
        loaded = set(json.loads(done.stderr))
        assert loaded & {f"detector.cli.{name}" for name in BRANCHES} == commands


def test_the_public_names_are_found_on_first_use() -> None:
    import detector

    for name in detector.__all__:
        assert getattr(detector, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'read_log'"):
        detector.read_log  # noqa: B018
