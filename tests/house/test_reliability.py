"""The page of promises names tests and commands that are there, and each mutation's test is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab.durability.mutations import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text()
NAMED = sorted(set(re.findall(r"\b(?:tests|benchmarks|tools|lab)/[\w./]+\.py(?:::\w+)?", PAGE)))
TESTS = sorted({mutation.test for mutation in MUTATIONS.values()})


@pytest.mark.parametrize("name", [*NAMED, *TESTS])
def test_what_is_named_is_there(name: str) -> None:
    path, _, test = name.partition("::")
    assert (ROOT / path).is_file()
    assert f"def {test.partition('[')[0]}" in (ROOT / path).read_text() or not test


def test_every_promise_has_a_row_and_something_that_shows_it() -> None:
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|", PAGE, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 44))
    assert all("`" in shown for _, shown in rows)
