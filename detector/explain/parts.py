"""What the pages of an account and of a ring hold both."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from detector.dossier import Case, Row, Series
from detector.layout import Columns, Line, Side, folded
from detector.report import evidence, followups, law, leads, timeline, view, waterfall
from detector.report.families import family_name, unshown
from detector.report.glossary import LADDER, LOOKALIKES
from detector.report.likeness import likeness, silent
from detector.report.steps import is_victim, steps_of
from detector.results import Run
from detector.results.words import LANES
from detector.terminal import safe_text
from detector.typologies import asked_of_holder, questions
from detector.words import (
    NONE,
    fixed,
    listing,
    number,
    one_in,
    percent,
    plural,
    quantity,
    signed,
    visible,
)

BAR: Final = 24
LISTED: Final = 10
_SPARKS: Final = "▁▂▃▄▅▆▇█"
NOTHING_SPEAKS: Final = "Nothing speaks against this account."
ONLY_RANKS: Final = "The score only ranks; a person decides."


def typed(name: str) -> str:
    """An id as it is typed in a shell, whole and harmless."""
    return safe_text(shlex.quote(name))


def bullets(title: str, words: Sequence[str]) -> RenderableType:
    """Sentences under a title."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(ratio=1, overflow="fold")
    for text in words:
        table.add_row("•", Text(text))
    return Group(Text(title, style="bold"), Padding(table, (0, 0, 1, 0)))


def against_peers(case: Case, units: view.Units) -> RenderableType:
    """The reasons of the first account beside its peers, with what each adds to the score."""
    lead = case.lead
    reasons: list[Row] = lead["reasons"] or []
    base = lead["base"] or 0.0
    bars = steps_in_characters(base, [reason["contribution"] or 0.0 for reason in reasons])
    sides = (
        Side("value", 4),
        Side("peers", 3),
        Side("beyond", 2),
        Side(f"{fixed(base)} → {fixed(lead['raw_score'])}", 1, right=False, stacked=False),
        Side("adds", 5, stacked=False),
    )
    rows = [_reason(reason, bar, units) for reason, bar in zip(reasons, bars, strict=True)]
    title = (
        "How it compares with its peers"
        if silent(lead)
        else "Why it stands there, against its peers"
    )
    table = Columns("reason", sides, tuple(rows), title)
    return Group(table, Text(view.score_words(case) + "\n", style="dim"), *_unshown(case))


def _unshown(case: Case) -> list[RenderableType]:
    """Families that speak without a reason of theirs in the table above."""
    said = unshown(case)
    return [bullets("Without a line above", said)] if said else []


def _reason(reason: Row, bar: str, units: view.Units) -> Line:
    text = visible(reason["text"] or reason["code"])
    adds = signed(reason["contribution"] or 0.0)
    if not reason["feature"]:
        return Line(text, ("", "", "", bar, adds))
    unit = units.get(reason["feature"], "")
    value, median = quantity(reason["value"], unit), quantity(reason["peer_median"], unit)
    cells = (visible(value, 24), visible(median, 24), one_in(reason["tail"]), bar, adds)
    return Line(text, cells, told=view.PEERS in text)


def steps_in_characters(base: float, contributions: Sequence[float], width: int = BAR) -> list[str]:
    """Return a waterfall as text: one bar a contribution, each from where the last ended.

    Examples
    --------
    >>> steps_in_characters(0.0, [0.5, 0.5], width=4)
    ['██  ', '  ██']
    >>> steps_in_characters(0.0, [1.0, -0.5], width=4)
    ['████', '  ░░']
    """
    steps = waterfall.cumulate(base, contributions)
    marks = [base, *(step.end for step in steps)]
    low, high = min(marks), max(marks)
    scale = width / (high - low) if high > low else 0.0
    rows = []
    for step in steps:
        left, right = sorted(((step.start - low) * scale, (step.end - low) * scale))
        first = min(round(left), width - 1)
        long = max(1, round(right) - round(left))
        mark = "█" if step.end >= step.start else "░"
        rows.append((" " * first + mark * min(long, width - first)).ljust(width))
    return rows


def sparkline(values: Sequence[float]) -> str:
    """Return values as one character each; nothing at all is a dot.

    Examples
    --------
    >>> sparkline([0, 1, 4, 8])
    '·▁▄█'
    """
    high = max(values, default=0.0)
    return "".join(
        "·" if value <= 0 else _SPARKS[max(0, math.ceil(8 * value / high) - 1)] for value in values
    )


def use(case: Case, series: Sequence[Series]) -> list[RenderableType]:
    """Use by day, drawn where it is one account's, and in words."""
    parts: list[RenderableType] = []
    for measure in timeline.measures(series):
        unit = timeline.UNITS[measure]
        parts.append(Text(f"{unit} by day from {case.first_day:%Y-%m-%d}", style="bold"))
        total = [sum(day) for day in zip(*(getattr(s, measure) for s in series), strict=True)]
        parts.append(Text(sparkline(total), no_wrap=True, overflow="crop"))
        parts.append(Text(timeline.in_words(series, measure, case.first_day) + "\n", style="dim"))
    return parts


def innocent(case: Case, notes: Sequence[str], nearest: str | None) -> RenderableType:
    """What speaks for the innocent reading, with what looks alike and what would tell."""
    typology, _ = likeness(case)
    words = list(notes)
    if nearest:
        words.append(f"Nearest innocent pattern: {nearest}")
    if typology:
        words.append(f"{LOOKALIKES}: {typology.lookalike}.")
        words.append(f"What would tell: {typology.separates}.")
    if not (notes or nearest):
        words.append("The logs hold no counter-evidence: a gap in the logs, not a proof.")
    return bullets("What speaks for an innocent reading", words)


def follow_ups(case: Case, run: Run) -> list[RenderableType]:
    """Which confirmed case the accounts are like, or who is like this confirmed one."""
    parts: list[RenderableType] = []
    if alike := view.like_confirmed(case):
        parts.append(bullets("Like a confirmed case", alike))
    if case.follow_ups:
        parts.append(_list(case.follow_ups))
    elif case.name in run.get("followups", {}) or case.key.lead_id in run.get("followups", {}):
        parts.append(bullets("Follow-up list", [followups.NOBODY]))
    return parts


def _list(rows: Sequence[Row]) -> RenderableType:
    left = f"; {len(rows) - LISTED:,} more in followups.parquet" if len(rows) > LISTED else ""
    sides = (Side("likeness", 4), Side("rank", 2), Side("queue", 3, right=False))
    lines = []
    for row in map(followups.line, rows[:LISTED]):
        lines.append(Line(visible(row["id"]), (row["likeness"], row["rank"], row["queue"])))
        lines += [Line(f"  {row['common']}", ("", "", ""), told=True)] if row["common"] else []
    table = Columns("account", sides, tuple(lines), f"Follow-up list, most alike first{left}")
    return Padding(table, (0, 0, 1, 0))


def law_of(rows: Sequence[Row], run: Run) -> list[RenderableType]:
    """What lane L says, row by row, the gravest first."""
    if not rows:
        return []
    lines, left = law.lines_of(rows, run)
    words = [_finding(line) for line in lines]
    if left:
        words.append(f"{plural(left, 'more row')} in policy.parquet.")
    title = "Law and policy: leads for a person, never advice or a verdict"
    return [bullets(title, words)]


def _finding(line: law.Line) -> str:
    """One row in one line."""
    strength = f" ({line.strength})" if line.strength else ""
    party = f" {line.role or 'party'} {line.party}." if line.party else ""
    told = (
        f"Entry {line.entry}" if line.entry else "", line.evidence, line.score, line.pinned,
        f"rule: {line.note}" if line.note else "", line.decision,
    )  # fmt: skip
    return f"{line.outcome}{strength}, {line.rule}:{party} {'; '.join(filter(None, told))}."


def leads_of(rows: Sequence[Row], out: str) -> list[RenderableType]:
    """Public notices that may speak of accounts, the strongest first."""
    words = leads.sentences(rows, out)
    return [bullets("Public notices: questions, never a verdict", words)] if words else []


def lanes(case: Case, run: Run) -> list[RenderableType]:
    """Which lanes did not run, and what those say that have no table of their own."""
    silent = [lane for lane in LANES[1:] if not run.lanes.get(lane)]
    words = [f"Lane {lane} did not run." for lane in silent]
    told = [] if case.policy else case.lead["lane_l"] or []
    for row in told[: view.LANE_ROWS]:
        cells = [visible(row[name] or NONE, 120) for name in ("outcome", "rule", "instrument")]
        words.append(f"L {', '.join(cells)}: {visible(row['evidence'] or NONE, 240)}")
    words += [
        f"E {visible(row['source'] or NONE, 80)}: {visible(row['evidence'], 300)}"
        for row in evidence.lane_rows(case, [case.lead])[: evidence.ROWS_SHOWN]
    ]
    return [bullets("Law, policy and outside evidence", words)] if words else []


def seen(case: Case, missing: Sequence[str]) -> RenderableType:
    """How much could be seen, and what not."""
    words = [f"Coverage {percent(case.lead['coverage'])} of the model's inputs."]
    speaking = case.lead["speaking"]
    if speaking:
        words.append(f"Families that speak: {_families(speaking)}.")
    elif case.lead["families"]:
        words.append(f"Families that carry the score: {_families(case.lead['families'])}.")
    if totals := view.totals(case):
        words.append(totals)
    return bullets("What could be seen", [*words, *view.gaps(case, missing)])


def _families(names: Iterable[str]) -> str:
    return listing([family_name(name) for name in names])


def asking(case: Case) -> list[RenderableType]:
    """What to ask, and the steps that a person may take: help where the holder is injured."""
    if silent(case.lead):
        return []
    typology, _ = likeness(case)
    if is_victim(case):
        steps = [f"{step}: {words}." for step, words in steps_of(case)]
        return [
            bullets("What to ask the holder, who is likely injured", asked_of_holder(typology)),
            bullets("What helps, each by a person", steps),
        ]
    ladder = " → ".join(name.lower() for name, _ in LADDER)
    return [
        bullets("What to ask", questions(typology)),
        Text(f"Steps, each by a person: {ladder}. This tool takes none of them.", style="dim"),
    ]


def strength(value: float | None) -> str:
    """The weight of a tie."""
    return f"{number(value)} bits"


def head(name: str, lines: Iterable[str], width: int = 80) -> Text:
    """A name in bold and what is said of the whole below it."""
    words = Text("\n".join(folded(name, width)), style="bold")
    for line in lines:
        if line:
            words.append(f"\n{line}", style="")
    words.append(f"\n{ONLY_RANKS}\n", style="dim")
    return words
