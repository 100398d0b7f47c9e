"""Who holds an account, on a terminal: facts of record, identifiers, names and places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from detector.dossier import Case, Row
from detector.explain.parts import bullets
from detector.layout import Columns, Line, Side, middle
from detector.report import holder
from detector.words import plural, visible

SHOWN: Final = 6
_VALUE: Final = 24
NOTHING: Final = "There is no record of this account."
NOT_KEPT: Final = (
    "Not in this run: facts are kept of accounts in a queue or a ring, from this version on."
)


def named(rows: Iterable[Row], account_id: str) -> Row | None:
    """The row of one account; None where there is none."""
    return next((row for row in rows if row["account_id"] == account_id), None)


def facts(case: Case) -> list[RenderableType]:
    """Facts of record of the account."""
    row = named(case.facts, case.key.lead_id)
    if row is None:
        return [bullets("Facts of record", [NOT_KEPT])]
    told = holder.Told.of([holder.facts_of(row)], holder.FACTS)
    return [bullets("Facts of record", _lines(told) or [NOTHING])]


def names(case: Case) -> list[RenderableType]:
    """Names and places of the account, late: whoever judges reads the reasons first."""
    if named(case.facts, case.key.lead_id) is None:
        return []
    row = named(case.identity, case.key.lead_id)
    told = [] if row is None else [holder.names_of(row)]
    words = _lines(holder.Told.of(told, holder.NAMES))
    title = "Names, addresses and countries, which no score reads"
    return [bullets(title, words or [holder.NOT_TOLD])]


def _lines(told: holder.Told) -> list[str]:
    """The one row of a table, a line a column."""
    cells = [zip(told.heads, row, strict=True) for _, row in told.rows]
    return [f"{head}: {cell}" for pairs in cells for head, cell in pairs]


def held(case: Case) -> list[RenderableType]:
    """What the account has that other accounts have too."""
    rows, left, alone = holder.held_rows(case, case.key.lead_id)
    if not (rows or alone):
        return []
    left += max(0, len(rows) - SHOWN)
    more = f"; {left:,} more in links.parquet" if left else ""
    own = f"; {plural(alone, 'identifier')} that no other account has" if alone else ""
    title = f"Identifiers that other accounts have too, the rarest first{more}{own}"
    table = _table(rows[:SHOWN], members=case.size > 1)
    return [Group(Text(title, style="bold"), Padding(table, (0, 0, 1, 0)))]


def _table(rows: Sequence[dict[str, str]], *, members: bool) -> Columns:
    sides = (
        Side("value", 4, right=False), Side("first", 2), Side("last", 3), Side("holders", 5),
    )  # fmt: skip
    lines = []
    for row in rows:
        text = f"{row['kind']}: {row['members']}" if members else row["kind"]
        value = middle(visible(row["value"]), _VALUE)
        lines.append(Line(text, (value, row["first"], row["last"], row["holders"])))
    return Columns("kind, and members that have it" if members else "kind", sides, tuple(lines))
