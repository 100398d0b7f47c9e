"""All that is said of a kind of identifier is said once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from features.links.kinds import (
    COINCIDENCES,
    HOME_KINDS,
    KINDS,
    LINK_KINDS,
    OWNED_KINDS,
    TOOL_KINDS,
    WORDS,
)

ROOT = Path(__file__).resolve().parents[3]


def test_the_linkage_table_keeps_its_kinds_in_their_order() -> None:
    assert LINK_KINDS == [
        "payment", "email", "phone", "device", "ip", "ssh_key", "access_key", "image",
        "tax_id", "address", "form_text", "referral",
    ]  # fmt: skip


def test_a_kind_is_a_tool_or_is_shared_at_home() -> None:
    assert sorted([*TOOL_KINDS, *HOME_KINDS]) == sorted(kind.name for kind in KINDS)


def test_no_two_kinds_have_the_same_words() -> None:
    assert len(set(WORDS.values())) == len(WORDS) == len(KINDS) + len(COINCIDENCES)


def test_reports_and_rings_call_an_identifier_by_one_name() -> None:
    from detector.report.glossary import LINK_KINDS as REPORTED

    assert {kind: REPORTED[kind] for kind in WORDS} == WORDS


def test_only_what_its_owner_can_present_ties_alone() -> None:
    assert OWNED_KINDS == ["payment", "ssh_key", "access_key", "tax_id"]


def _spelled(path: Path) -> list[str]:
    """Collections that spell out most kinds, beside the record of kinds."""
    known = {kind.name for kind in KINDS}
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
        names = {part.value for part in parts if isinstance(part, ast.Constant)} & known
        if len(names) > len(known) // 3:
            found.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    return found


@pytest.mark.parametrize("package", ["features", "models", "detector"])
def test_no_other_file_spells_the_kinds_out(package: str) -> None:
    # The simulator is the second witness and keeps its own.
    files = [f for f in (ROOT / package).rglob("*.py") if "simulate" not in f.parts]
    assert files
    assert [place for file in files for place in _spelled(file)] == []
