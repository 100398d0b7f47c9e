"""The notebooks run from top to bottom, and are stored with what they show."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools import run_notebooks

NOTEBOOKS = run_notebooks.NOTEBOOKS
NAMES = [
    "01_retrain_and_compare.ipynb",
    "02_features_and_peers.ipynb",
    "03_explain_a_case_and_a_ring.ipynb",
    "04_learn_from_decisions.ipynb",
    "05_a_detector_and_a_feature_of_ones_own.ipynb",
]
#: Bytes of a notebook with its outputs.
LIMIT = 300_000
INSTALL = "pip install '.[notebook]'"
# Modules whose names are the library's; everything else of it is inside.
PUBLIC = re.compile(r"^(?:from|import) (?:detector|enduse|features|models)\b.*$", re.M)


def _cells(name: str) -> list[dict[str, Any]]:
    return list(json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"])


def _code(name: str) -> str:
    return "\n".join("".join(c["source"]) for c in _cells(name) if c["cell_type"] == "code")


def test_every_notebook_is_tested() -> None:
    assert sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")) == NAMES


def _outputs(name: str) -> list[dict[str, Any]]:
    return [output for cell in _cells(name) for output in cell.get("outputs", ())]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_as_one_run_left_it(name: str) -> None:
    code = [cell for cell in _cells(name) if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert any("image/png" in output.get("data", {}) for output in _outputs(name))
    assert [
        o for o in _outputs(name) if o["output_type"] == "error" or o.get("name") == "stderr"
    ] == []
    assert (NOTEBOOKS / name).stat().st_size < LIMIT


@pytest.mark.parametrize("name", NAMES)
def test_what_a_notebook_shows_says_nothing_of_where_and_when_it_ran(name: str) -> None:
    shown = json.dumps(run_notebooks.shown(json.loads((NOTEBOOKS / name).read_text("utf-8"))))
    assert re.findall(r"(?:^|[\s\"'(=])/(?:home|tmp|root|work|usr|opt|Users|var)\b", shown) == []
    assert re.findall(r" at 0x[0-9a-f]+", shown) == []
    assert "execution" not in "".join(str(cell["metadata"]) for cell in _cells(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_keeps_to_the_public_library(name: str) -> None:
    lines = PUBLIC.findall(_code(name))
    assert "import enduse" in lines
    inside = [line for line in lines if "._" in line or re.search(r"import .*\b_", line)]
    assert inside == []
    assert [line for line in lines if re.match(r"(?:from|import) detector\b", line)] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_a_notebook_calls_is_there_and_takes_the_arguments(name: str) -> None:
    place: dict[str, Any] = {}
    exec("\n".join(PUBLIC.findall(_code(name))), place)
    calls = [
        (node, called) for node in ast.walk(ast.parse(_code(name)))
        if isinstance(node, ast.Call) and (called := _called(node.func, place)) is not None
    ]  # fmt: skip
    assert calls
    for call, called in calls:
        # What stands in a name of its own (``**columns``) is seen where the notebook runs.
        named = {word.arg: word.value for word in call.keywords if word.arg}
        inspect.signature(called).bind_partial(*call.args, **named)


def _called(function: ast.expr, place: dict[str, Any]) -> Callable[..., Any] | None:
    """What is called, where it is the library's: ``name(...)`` or ``enduse.name(...)``."""
    if isinstance(function, ast.Name):
        return place.get(function.id)
    if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "enduse":
        return getattr(place["enduse"], function.attr)  # type: ignore[no-any-return]
    return None


@pytest.fixture
def quiet_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what Jupyter and matplotlib write on the side out of the home folder."""
    for name, value in run_notebooks.surroundings(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_shows_what_is_stored_and_writes_nothing(
    name: str, needs_module: Callable[[str, str], object], quiet_home: Path, repository: Path
) -> None:
    for module in ("nbclient", "ipykernel", "matplotlib"):
        needs_module(module, INSTALL)

    watched = [repository / "notebooks", repository / "sample_logs", repository / "tests" / "data"]
    before = [_files(folder) for folder in watched]
    made = run_notebooks.run(NOTEBOOKS / name)
    assert [_files(folder) for folder in watched] == before
    told = [o["text"] for cell in made.cells for o in cell.get("outputs", ()) if "text" in o]
    assert "False" not in "".join(told)
    stored = run_notebooks.shown(json.loads((NOTEBOOKS / name).read_text(encoding="utf-8")))
    assert run_notebooks.shown(made) == stored, f"run `python tools/run_notebooks.py {name}`"
