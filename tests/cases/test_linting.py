"""What a letter may not say: forty bad letters refused for what is wrong, forty good ones not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from detector.cases.contact.folding import found, readings
from detector.cases.contact.linting import Known, lint, names_lists
from detector.cases.contact.templating import FIELDS, PARTS, SHIPPED, Field
from detector.typologies import TYPOLOGIES
from tests.cases.writing import ENTRY

MADE = json.loads((Path(__file__).parent / "letters.json").read_text(encoding="utf-8"))


def filled(kind: str, parts: Mapping[str, str], typology: str = "T04") -> dict[str, Field]:
    """The fields of a letter as `drafting.draft` fills them."""
    made: dict[str, Field] = {
        "account": "r1", "accounts": ("r1",), "reference": "C-1", "date": "2026-03-02",
        "reply_by": "2026-03-16", "questions": SHIPPED.questions(typology, "en"), "note": "",
        "automation": SHIPPED.phrase("automation", "en"),
        "redress": SHIPPED.phrase("redress", "en"), **parts,
    }  # fmt: skip
    if made.get("found_by") in ("own_means", "notice"):
        made["found_by"] = SHIPPED.phrase(str(made["found_by"]), "en")
    return {name: made[name] for name in FIELDS[kind]}


def faults(kind: str, parts: Mapping[str, str], typology: str = "T04", **more: Any) -> list[str]:
    fields = filled(kind, parts, typology)
    known = Known(**{
        "own": ("r1", "C-1"), "strangers": ("r1", "r2", "r3", "acct-7731", "C-77"),
        "figures": (0.592, 0.0011), "listed": (ENTRY, "Harbour Watch Register", "CSL-EL"),
        "declared": {"NL"}, "wording": SHIPPED.source(kind, "en"), "fields": fields, **more,
    })  # fmt: skip
    return [str(one) for one in lint(kind, SHIPPED.render(kind, "en", fields), known)]


@pytest.mark.parametrize("made", MADE["bad"], ids=lambda made: str(made["finds"])[:24])
def test_a_bad_letter_is_refused_for_what_is_wrong_with_it(made: dict[str, Any]) -> None:
    told = faults(made["kind"], made["parts"])
    assert any(made["finds"] in one for one in told), told
    assert all("; " in one for one in told)  # each says what to do


@pytest.mark.parametrize("made", MADE["good"], ids=lambda made: str(made["kind"]))
def test_a_good_letter_passes(made: dict[str, Any]) -> None:
    assert faults(made["kind"], made["parts"]) == []


def test_there_are_forty_of_each() -> None:
    assert {name: len(rows) for name, rows in MADE.items()} == {"bad": 40, "good": 40}


@pytest.mark.parametrize("kind", ["rfi", "victim_notice"])
@pytest.mark.parametrize("typology", sorted(TYPOLOGIES))
def test_the_questions_of_every_typology_make_a_letter_that_may_go(
    kind: str, typology: str
) -> None:
    assert faults(kind, {"note": ""}, typology) == []


@pytest.mark.parametrize(
    ("kind", "part"), [(kind, part) for kind, parts in PARTS.items() for part in parts]
)
def test_a_template_that_leaves_a_part_out_is_refused(kind: str, part: str) -> None:
    good = next(made["parts"] for made in MADE["good"] if made["kind"] == kind)
    fields = filled(kind, good)
    text = SHIPPED.render(kind, "en", {**fields, part: () if part == "questions" else ""})
    told = [str(one) for one in lint(kind, text, Known(own=("r1", "C-1"), fields=fields))]
    assert told == [
        f"the template leaves out {PARTS[kind][part]}; have it print the field {part!r}"
    ]


def test_the_place_of_a_fault_is_its_line() -> None:
    fields = filled("rfi", {"note": "Good day.\nAre you a fraud?"})
    text = SHIPPED.render("rfi", "en", fields)
    at = next(n for n, line in enumerate(text.splitlines(), 1) if "fraud" in line)
    (only,) = lint("rfi", text, Known(own=("r1", "C-1"), fields=fields))
    assert str(only).startswith(f"line {at}: 'fraud' accuses")


def test_a_released_name_may_stand_and_still_counts_as_a_list() -> None:
    parts = {**MADE["good"][20]["parts"], "facts": f"Your name is that of {ENTRY}."}
    assert faults("statement_of_reasons", parts, released=(ENTRY,)) == []
    assert names_lists(f"near {ENTRY.upper()}", Known(listed=(ENTRY,), released=(ENTRY,)))


def test_countries_are_the_holder_s_or_the_template_s() -> None:
    note = {"note": "Do you work from Iceland?"}
    assert faults("rfi", note, declared={"IS"}) == []
    assert faults("rfi", note, wording="We are a company in Iceland.") == []
    assert faults("rfi", note, declared=None) == []
    assert faults("rfi", note)


@pytest.mark.parametrize(
    "text",
    ["proxies", "PROXY", "ｐｒｏｘｙ", "pro\u00adxy", "p\u0301roxy", "p.r.o.x.y", "pr0xie5",
     "рrохy", "a proxying gateway", "circum\u200bvented"],
)  # fmt: skip
def test_words_are_found_in_whatever_dress(text: str) -> None:
    assert list(found(text, ["proxy", "proxie*", "proxying", "circumvent*"]))


@pytest.mark.parametrize("text", ["approximate", "proximity", "epoxy", "pro xylophone"])
def test_words_that_only_hold_a_word_are_left(text: str) -> None:
    assert not list(found(text, ["proxy", "proxie*"])), readings(text)
