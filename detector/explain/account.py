"""The page of one account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from detector.dossier import Case, Row
from detector.explain import parts, ring, standing
from detector.explain.held import facts, held, names
from detector.layout import Columns, Line, Side
from detector.report import view
from detector.report.glossary import QUEUES
from detector.report.likeness import likeness, silent
from detector.report.units import feature_units
from detector.words import chance, fixed, visible

if TYPE_CHECKING:
    from detector.results import Results

LINKS: Final = 12


def page(case: Case, results: Results, out: str) -> RenderableType:
    """Everything shown of an account, the reasons first; ``out`` as commands name the folder."""
    run, account = results.run, case.lead["account_id"]
    counter = view.counter(case.lead)
    mine = [series for series in case.series if series.label == account]
    shown: list[RenderableType] = [
        _title(case, results.scores.height),
        parts.against_peers(case, feature_units()),
        parts.innocent(case, counter.texts, counter.archetype),
        *facts(case),
        *parts.follow_ups(case, run),
        *parts.use(case, mine),
        *_ring(case, out),
        *held(case),
        parts.seen(case, run.missing_tables),
        *parts.law_of([row for row in case.policy if row["account_id"] == account], run),
        *parts.leads_of([row for row in case.leads if row["account_id"] == account], out),
        *parts.lanes(case, run),
        *names(case),
        *parts.asking(case),
    ]
    return Group(*shown)


def _title(case: Case, accounts: int) -> Text:
    lead = case.lead
    queue = QUEUES.get(str(lead["queue"]), ("In no queue", ""))[0]
    place = f"{queue}; rank {lead['rank']:,} of {accounts:,}, score {fixed(lead['score'])}"
    rare = chance(lead["p_value"])
    change = view.change_words(lead["change"])
    _, like = likeness(case)
    lines = [
        f"{place}; {rare}{f'; {change}' if change else ''}",
        *standing.sentences(lead),
        like,
        parts.NOTHING_SPEAKS if silent(lead) else "",
    ]
    return parts.head(visible(lead["account_id"]), lines)


def _ring(case: Case, out: str) -> list[RenderableType]:
    if case.key.ring_id is None:
        return []
    account = case.lead["account_id"]
    links = view.edges(case)
    own = [edge for edge in links if account in (edge["a"], edge["b"])]
    notes = [*view.ring_reasons(case), *ring.reached(case)]
    notes.append(f"The whole ring: enduse explain {out} {parts.typed(case.key.ring_id)}")
    title = view.heading(case.key, case.size)
    return [parts.bullets(title, notes), *_ties(own, account), *ring.members(case)]


def _ties(own: Sequence[Row], account: str) -> list[RenderableType]:
    if not own:
        return []
    rows = []
    for edge in own[:LINKS]:
        other = edge["b"] if edge["a"] == account else edge["a"]
        rows.append(Line(visible(other), (view.link_kind(edge["kind"]),
                                          parts.strength(edge["weight"]))))  # fmt: skip
    left = f", {len(own) - LINKS:,} more" if len(own) > LINKS else ""
    title = f"Its own ties, strongest first ({len(own):,}{left})"
    sides = (Side("tied by", 2, right=False), Side("strength", 1))
    table = Columns("account", sides, tuple(rows), title, ids=True)
    return [Padding(table, (0, 0, 1, 0))]
