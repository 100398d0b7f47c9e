"""The page of a pack: what was seen of a case and what was said, in the report's style, offline."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from detector.cases.record.snapshots import run_told, thawed
from detector.report import view
from detector.report.caseview import case_view
from detector.report.templating import environment_of, styled

if TYPE_CHECKING:
    from detector.cases.leaving.pack import Contents

PAGE: Final = "case.html"
#: Tables that the page shows, by file, with a heading and the columns that tell something.
_SHOWN: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "judgements.json": (
        "Judgements",
        ("judgement_id", "at", "person", "round", "outcome", "step", "note"),
    ),
    "judgement_accounts.json": (
        "Judgements, by account",
        ("judgement_id", "account_id", "outcome", "why"),
    ),
    "settlements.json": ("Settlements", ("settlement_id", "at", "outcome", "basis", "people")),
    "settlement_accounts.json": (
        "Settlements, by account",
        ("settlement_id", "account_id", "outcome", "expires_at"),
    ),
    "letters.json": ("Letters", ("letter_id", "kind", "state", "sent_at", "text")),
    "appeals.json": ("Appeals", ("appeal_id", "received_at", "state", "text", "reasons")),
    "comments.json": ("Comments", ("comment_id", "at", "person", "text")),
}


def pages(held: Contents, units: view.Units) -> dict[str, bytes]:
    """The pages of a pack, by name."""
    drawn = environment_of("detector.report")
    text = drawn.get_template("packpage.html.j2").render(
        styled(),
        case=dict(held.case) | {"ring_id": None, "lead_account": None},
        head=held.head,
        identified=held.mask is None,
        seen=list(_seen(held, units)),
        tables=list(_tables(held.files)),
    )
    return {PAGE: text.encode()}


def _seen(held: Contents, units: view.Units) -> Iterator[tuple[str, Markup]]:
    """Each snapshot as the report draws a case."""
    template = environment_of("detector.report").get_template("case.html.j2")
    for number, (name, (text, sealed)) in enumerate(held.snapshots.items(), 1):
        filled = case_view(thawed(text, sealed), number, units, run_told(text, sealed))
        yield name, Markup(template.render(filled, hh="h3", h="h4"))  # noqa: S704 - escaped there


def _tables(
    held: Mapping[str, bytes],
) -> Iterator[tuple[str, tuple[str, ...], Sequence[Sequence[Any]]]]:
    for name, (heading, columns) in _SHOWN.items():
        rows = json.loads(held[name]) if name in held else []
        if rows:
            rows.sort(key=lambda row: tuple(str(row[key]) for key in columns[:2]))
            yield heading, columns, [[_cell(row[key]) for key in columns] for row in rows]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
