"""What is known of tables stands in their records; other files do not spell tables out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from features.tables import TABLES

ROOT = Path(__file__).resolve().parent.parent.parent
ALLOWED = 5


def _collections(tree: ast.AST) -> Iterator[tuple[int, list[ast.expr | None]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield node.lineno, node.keys
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            yield node.lineno, list(node.elts)


def _inputs(tree: ast.AST) -> set[int]:
    """Lines of what families declare that their features read."""
    declared = [
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "inputs"
    ]
    named = {value.id for value in declared if isinstance(value, ast.Name)}
    assigned = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id in named for t in node.targets)
    ]
    return {value.lineno for value in (*declared, *assigned)}


def spelled_out(text: str) -> list[int]:
    """Lines of collections with two or more names of tables."""
    if sum(f'"{name}"' in text for name in TABLES) < 2:
        return []
    tree = ast.parse(text)
    declared = _inputs(tree)
    return [
        line
        for line, parts in _collections(tree)
        if line not in declared
        and len({p.value for p in parts if isinstance(p, ast.Constant)} & set(TABLES)) > 1
    ]


def test_few_places_spell_out_two_tables_beside_their_records() -> None:
    # The simulator is the second witness and keeps its own schema.
    ours = [
        file
        for package in ("features", "models", "detector")
        for file in sorted((ROOT / package).rglob("*.py"))
        if not {("features", "tables"), ("detector", "simulate")}
        & {file.relative_to(ROOT).parts[:2]}
    ]
    assert len(ours) > 200
    places = [f"{f.relative_to(ROOT)}:{n}" for f in ours for n in spelled_out(f.read_text())]
    assert len(places) <= ALLOWED, "\n".join(places)


def test_each_form_of_spelling_out_is_found() -> None:
    for form in ('("usage", "events")', '["usage", "events"]', '{"usage", "events"}',
                 '{"usage": 1, "events": 2}', 'f(("labels", "tenders", "x"))'):  # fmt: skip
        assert spelled_out(f"x = {form}") == [1], form
    for form in ('("usage", "day")', '"usage, events"', 'f(inputs=("usage", "events"))'):
        assert spelled_out(f"x = {form}") == [], form
