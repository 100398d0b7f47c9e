"""What a fixture changes is put back before tests of another folder run in the same process."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent


def _arguments(file: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Each fixture of a file with the constants that its decorator is given."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(
                    "fixture"
                ):
                    given = {k.arg: k.value for k in decorator.keywords if k.arg}
                    yield node.name, {
                        name: value.value for name, value in given.items()
                        if isinstance(value, ast.Constant)
                    }  # fmt: skip


def test_no_fixture_of_a_folder_is_used_unasked_beyond_a_module() -> None:
    long = [
        f"{file.relative_to(TESTS)}: {name}"
        for file in sorted(TESTS.rglob("*.py"))
        if "autouse" in file.read_text(encoding="utf-8")
        for name, given in _arguments(file)
        if given.get("autouse") and given.get("scope") in ("session", "package")
    ]
    assert long == []
