"""Compiled templates: kept beside the module's own, for just the text that they were made of."""

import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from detector.report import compiled
from detector.report.compiled import Compiled


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where templates are kept."""
    (tmp_path / "templating.py").write_text("")
    monkeypatch.setattr(compiled, "_BESIDE", tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "__pycache__"


def filled(text: str) -> str:
    """A template, filled in by what a new process would hold."""
    made = Environment(loader=DictLoader({"page": text}), bytecode_cache=Compiled())
    return made.get_template("page").render(name="x")


def test_a_template_of_another_text_is_never_taken_for_the_one_that_was_kept(beside: Path) -> None:
    assert filled("one {{ name }}") == "one x"
    (kept,) = beside.iterdir()
    before = kept.read_bytes()
    assert filled("two {{ name }}") == "two x"
    assert kept.read_bytes() != before


def test_what_was_kept_is_what_the_next_process_fills_in(
    beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert filled("{{ name }}") == "x"
    monkeypatch.delattr(Environment, "compile")
    assert filled("{{ name }}") == "x"


def test_where_nothing_can_be_kept_or_what_was_is_damaged_pages_are_the_same(
    beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert filled("{{ name }}") == "x"
    for kept in beside.iterdir():
        kept.write_bytes(b"damaged")
    assert filled("{{ name }}") == "x"
    for kept in beside.iterdir():
        kept.unlink()
    beside.rmdir()
    beside.write_text("no folder")
    assert filled("{{ name }}") == "x"


def test_python_that_was_told_to_write_no_bytecode_writes_none(
    beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert filled("{{ name }}") == "x"
    assert not beside.exists()
