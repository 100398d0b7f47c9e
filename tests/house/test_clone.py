"""What is in the clone and in no wheel: its scripts run from the clone, installed or not."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = {"detector", "enduse", "features", "models", "lab", "tools"}
LEFT_OUT = {"lab", "tools", "benchmarks", "tests"}


def test_the_wheel_holds_the_four_packages_alone() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = options["packages"]["find"]["include"]
    folders = {file.parent.name for file in ROOT.glob("*/*.py")}
    assert folders >= OURS | LEFT_OUT - {"tests"}
    shipped = {name for name in folders if any(fnmatch(name, pattern) for pattern in patterns)}
    assert shipped == OURS - LEFT_OUT


def _steps(tree: ast.Module) -> Iterator[str]:
    """The statements at the top of a file that decide what it imports, in their order."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            yield f"import {(node.module or '').split('.')[0]}"
        elif isinstance(node, ast.Import):
            yield from (f"import {name.name.split('.')[0]}" for name in node.names)
        elif isinstance(node, ast.Expr) and "sys.path.insert(0, " in ast.unparse(node):
            yield "path"


def test_a_script_finds_its_clone_before_it_imports_from_it() -> None:
    ours = {f"import {name}" for name in OURS}
    seen = 0
    for file in sorted(f for room in ("benchmarks", "tools") for f in (ROOT / room).glob("*.py")):
        text = file.read_text()
        steps = list(_steps(ast.parse(text)))
        if "__main__" not in text or not ours & set(steps):
            continue
        seen += 1
        assert "path" in steps, file.name
        assert not ours & set(steps[: steps.index("path")]), file.name
    assert seen > 20


@pytest.mark.long
def test_a_benchmark_runs_from_anywhere(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "fairness.py"), "--help"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "--seeds" in done.stdout
