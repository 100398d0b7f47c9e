"""What is imported is declared, and what every installation must have is imported."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from detector import doctor
from tests.house.trees import statements

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = ("detector", "features", "models")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _names(lines: list[str]) -> set[str]:
    return {_normal(re.split(r"[<>=\[~! ]", line)[0]) for line in lines}


CORE = _names(PROJECT["dependencies"])
#: Extras, and the only place that imports what each of them brings.
EXTRAS = {"spark": "detector/spark/", "console": "detector/console/"}


def _modules(file: Path) -> Iterator[str]:
    for node in statements(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@cache
def _imported() -> dict[str, set[str]]:
    """The distributions that provide what our files import, and the files."""
    distributions = packages_distributions()
    found: dict[str, set[str]] = {}
    for file in (f for package in OURS for f in (ROOT / package).rglob("*.py")):
        for module in set(_modules(file)) - set(sys.stdlib_module_names) - set(OURS):
            for name in distributions.get(module, [module]):
                found.setdefault(_normal(name), set()).add(str(file.relative_to(ROOT)))
    return found


def test_every_core_dependency_is_imported() -> None:
    assert len(CORE) > 10
    assert CORE - set(_imported()) == set()


def test_every_import_is_declared_and_an_extra_is_needed_in_its_place_only() -> None:
    undeclared = {
        name: sorted(files)
        for name, files in _imported().items()
        if name not in CORE
        and not any(
            name in _names(PROJECT["optional-dependencies"][extra])
            and all(file.startswith(place) for file in files)
            for extra, place in EXTRAS.items()
        )
    }
    assert undeclared == {}


def test_the_doctor_looks_for_all_that_is_core() -> None:
    assert set(doctor._CORE) == CORE
