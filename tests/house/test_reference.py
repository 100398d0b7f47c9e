"""The API reference: every public name has a page and says what it does, and it can be made."""

from __future__ import annotations

import inspect
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "reference"
MODULES = ("enduse", "detector", "features", "models", "enduse.features", "enduse.models")
INSTALL = "pip install -c constraints.txt -e '.[reference]'"
ENTRY = re.compile(r"^\.\. (?:auto\w+|py:data):: ([\w.]+)", re.M)


def _found(name: str) -> object:
    module, _, last = name.rpartition(".")
    return getattr(import_module(module), last)


@cache
def _entries() -> dict[str, object]:
    """What the pages have an entry of."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in sorted(PAGES.glob("*.rst")))
    names = [name for name in ENTRY.findall(text) if name not in (*MODULES, "detector.errors")]
    return {name: _found(name) for name in names}


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_a_page(module: str) -> None:
    names = import_module(module).__all__
    assert names
    shown = list(_entries().values())
    missing = [n for n in names if not any(_found(f"{module}.{n}") is one for one in shown)]
    assert missing == []


def _said(entry: str, shown: object) -> Iterator[tuple[str, str | None]]:
    """An entry and its docstring; of a class those of its public methods, too."""
    if not callable(shown):
        return
    yield entry, shown.__doc__
    if inspect.isclass(shown):
        for name, held in vars(shown).items():
            if not name.startswith("_") and (callable(held) or isinstance(held, property)):
                yield f"{entry}.{name}", inspect.getdoc(held)


def test_what_has_a_page_says_what_it_does() -> None:
    said = [pair for entry, shown in _entries().items() for pair in _said(entry, shown)]
    assert len(said) > 50
    assert [name for name, text in said if not (text or "").strip()] == []


def test_what_a_function_takes_gives_and_refuses_is_said() -> None:
    functions = {name: one for name, one in _entries().items() if inspect.isfunction(one)}
    assert len(functions) > 8
    for name, one in functions.items():
        text = one.__doc__ or ""
        part = text.partition("Parameters\n")[2].partition("Returns\n")[0]
        untold = [p for p in inspect.signature(one).parameters if not re.search(rf"\b{p}\b", part)]
        assert untold == [], name
        assert "Raises\n" in text, name
        assert "Examples\n" in text, name
        assert "Returns\n" in text or inspect.signature(one).return_annotation == "None", name


def test_every_example_of_a_public_name_is_run() -> None:
    texts = [text for entry, one in _entries().items() for _, text in _said(entry, one)]
    assert sum(">>>" in (text or "") for text in texts) > 10
    assert not any("+SKIP" in (text or "") for text in texts)


def test_how_pages_are_made_can_be_read() -> None:
    told = runpy.run_path(str(PAGES / "conf.py"))
    assert told["nitpicky"] is True
    assert told["version"] == import_module("enduse").__version__


@pytest.mark.long
def test_the_pages_are_made_without_a_warning_and_need_no_network(
    tmp_path: Path, needs_module: Callable[[str, str], object]
) -> None:
    needs_module("sphinx", INSTALL)
    made = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_reference.py"), "--out", str(tmp_path / "api")],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    pages = "".join(page.read_text(encoding="utf-8") for page in (tmp_path / "api").glob("*.html"))
    loaded = re.findall(r"""(?:src|href)="([^"]+\.(?:js|css|png|svg|woff2?)[^"]*)\"""", pages)
    assert loaded
    assert [place for place in loaded if "//" in place] == []
    for name in _entries():
        assert f'id="{name}"' in pages, name
