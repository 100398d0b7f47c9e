"""No module imports, early or late, what imports it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house.trees import within

ROOT = Path(__file__).parents[2]


def _modules(package: str) -> dict[str, Path]:
    files = sorted((ROOT / package).rglob("*.py"))
    named = {".".join(f.relative_to(ROOT).with_suffix("").parts): f for f in files}
    return {name.removesuffix(".__init__"): file for name, file in named.items()}


def _for_types_alone(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Module and name of every import, those inside functions among them."""
    for child in within(node):
        match child:
            case ast.ImportFrom(module=str(module), level=0):
                yield from ((module, alias.name) for alias in child.names)
            case ast.Import():
                yield from ((alias.name, "") for alias in child.names)
        if not _for_types_alone(child):
            yield from _imports(child)


def _graph(modules: dict[str, Path]) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for name, file in modules.items():
        found = {
            inner if (inner := f"{module}.{what}") in modules else module
            for module, what in _imports(ast.parse(file.read_text("utf-8")))
        }
        graph[name] = {other for other in found if other in modules}
    return graph


@pytest.mark.parametrize("package", ["features", "models", "detector", "lab"])
def test_no_circle_of_imports_late_ones_counted(package: str) -> None:
    modules = _modules(package)
    assert len(modules) > 5
    list(TopologicalSorter(_graph(modules)).static_order())


def test_a_circle_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def late():\n    from b import x\n")
    (tmp_path / "b.py").write_text("import a\n")
    with pytest.raises(CycleError):
        list(TopologicalSorter(_graph({n: tmp_path / f"{n}.py" for n in "ab"})).static_order())
