"""Statements of a file, without its expressions: these are nine of ten nodes of a tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


def within(node: ast.AST) -> Iterator[ast.AST]:
    """The statements, handlers and cases directly below a node."""
    for name in _BODIES:
        below = getattr(node, name, ())
        yield from below if isinstance(below, list) else ()


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All of them, however deep."""
    for child in within(node):
        yield child
        yield from statements(child)
