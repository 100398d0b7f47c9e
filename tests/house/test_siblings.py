"""A user's own models.py or features folder must never be taken for ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples import first


def _run(words: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin"}
    return subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def _plant(folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith("/"):
        path.mkdir()
        return path
    path.parent.mkdir(exist_ok=True)
    path.write_text("WEIGHTS = 1\n")
    return path


def _python(command: str) -> str:
    return str(Path(command).with_name("python"))


@pytest.fixture
def command() -> str:
    """Return the console script of the environment that runs the tests."""
    script = Path(sys.executable).with_name("enduse")
    if not script.is_file():
        pytest.skip("the project is not installed; install it with: pip install -e .")
    return str(script)


@pytest.mark.parametrize("name", ["models.py", "features.py", "models/__init__.py"])
def test_python_m_in_a_folder_with_a_namesake_stops_with_the_remedy(
    tmp_path: Path, command: str, name: str
) -> None:
    planted = _plant(tmp_path, name)
    done = _run([_python(command), "-m", "detector", "version"], tmp_path)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: enduse needs its own package")
    place = planted.parent if planted.name == "__init__.py" else planted
    assert str(place.resolve()) in last
    assert "`enduse` command" in last


@pytest.mark.parametrize(
    "name", first(["models.py", "features.py", "models/__init__.py", "models/"], 2)
)
def test_the_command_works_beside_a_namesake(tmp_path: Path, command: str, name: str) -> None:
    _plant(tmp_path, name)
    done = _run([command, "version"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_python_m_works_in_an_ordinary_folder(tmp_path: Path, command: str) -> None:
    done = _run([_python(command), "-m", "detector", "version"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_remedy_that_the_message_names_works(tmp_path: Path, command: str) -> None:
    _plant(tmp_path, "models.py")
    done = _run([_python(command), "-P", "-m", "detector", "version"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
