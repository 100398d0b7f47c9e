"""docs/signs.md says what is planted."""

from __future__ import annotations

from pathlib import Path

from lab.signs import SIGNS
from lab.signs.uncarried import UNCARRIED
from tools.make_signs import render

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_of_signs_is_up_to_date() -> None:
    written = (DOCS / "signs.md").read_text(encoding="utf-8")
    assert written == render(), "run `make docs` to write docs/signs.md again"


def test_it_lists_every_sign_once() -> None:
    page = render()
    assert [sign.id for sign in SIGNS if page.count(f"| {sign.id} |") != 1] == []
    assert all(why in page for _, _, why in UNCARRIED)
