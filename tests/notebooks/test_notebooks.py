"""The notebooks run from top to bottom on the sample, and are stored without output."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
NAMES = [
    "01_retrain_and_compare.ipynb",
    "02_features_and_peers.ipynb",
    "03_explain_a_case_and_a_ring.ipynb",
    "04_learn_from_decisions.ipynb",
]
INSTALL = "pip install '.[notebook]'"
# Modules whose names are the library's; everything else of it is inside.
PUBLIC = re.compile(r"^(?:from|import) (?:detector|features|models)\b.*$", re.M)


def _cells(name: str) -> list[dict[str, Any]]:
    return list(json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"])


def _code(name: str) -> str:
    return "\n".join("".join(c["source"]) for c in _cells(name) if c["cell_type"] == "code")


def test_every_notebook_is_tested() -> None:
    assert sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_without_output(name: str) -> None:
    code = [cell for cell in _cells(name) if cell["cell_type"] == "code"]
    assert code
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_keeps_to_the_public_library(name: str) -> None:
    lines = PUBLIC.findall(_code(name))
    assert lines
    inside = [line for line in lines if "._" in line or re.search(r"import .*\b_", line)]
    assert inside == []
    assert [line for line in lines if re.match(r"(?:from|import) detector\.", line)] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_a_notebook_calls_is_there_and_takes_the_arguments(name: str) -> None:
    place: dict[str, Any] = {}
    exec("\n".join(PUBLIC.findall(_code(name))), place)
    calls = [
        node for node in ast.walk(ast.parse(_code(name)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in place
    ]  # fmt: skip
    assert calls
    for call in calls:
        assert isinstance(call.func, ast.Name)
        named = {word.arg: word.value for word in call.keywords if word.arg}
        inspect.signature(place[call.func.id]).bind_partial(*call.args, **named)


@pytest.fixture
def quiet_home(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what Jupyter and matplotlib write on the side out of the home folder."""
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", str(repository))
    # Frozen modules of the interpreter and the debugger: the kernel warns of them on stderr.
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    return tmp_path


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_writes_nothing(
    name: str, needs_module: Callable[[str, str], object], quiet_home: Path, repository: Path
) -> None:
    for module in ("nbclient", "ipykernel", "matplotlib"):
        needs_module(module, INSTALL)
    import nbformat
    from nbclient import NotebookClient

    watched = [repository / "notebooks", repository / "sample_logs", repository / "tests" / "data"]
    before = [_files(folder) for folder in watched]
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    place = {"metadata": {"path": str(NOTEBOOKS)}}
    NotebookClient(notebook, timeout=300, resources=place).execute()
    assert [_files(folder) for folder in watched] == before
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", ())]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    told = [output["text"] for output in outputs if output.get("name") == "stdout"]
    assert "False" not in "".join(told)
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []
