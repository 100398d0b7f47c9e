"""One account's case on a terminal: the same words as the report's, in plain characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from detector.dossier import Case, Row, key_of, open_cases
from detector.errors import UsageError
from detector.explained import bullets, facts, held, named, names
from detector.report import evidence, followups, law, leads, ring, timeline, view, waterfall
from detector.report.glossary import LADDER, QUEUES
from detector.report.units import feature_units
from detector.results import Run
from detector.results.nearest import nearest
from detector.results.words import LANES
from detector.typologies import questions
from detector.words import (
    NONE,
    chance,
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

if TYPE_CHECKING:
    from detector.results import Results

BAR: Final = 24
LINKS: Final = 12
MEMBERS: Final = 10
_SPARKS: Final = "▁▂▃▄▅▆▇█"


def explain(results: Results, account_id: str) -> RenderableType:
    """Return the case of an account for a terminal.

    Parameters
    ----------
    results
        A finished run.
    account_id
        Exactly as in ``scores.parquet``; it may be in no queue.

    Raises
    ------
    UsageError
        Where no such account was scored; ids much like it are named.
    """
    case = _case(results, account_id)
    units = feature_units()
    missing = results.run.missing_tables
    parts: list[RenderableType] = [_title(case, results.scores.height), _against_peers(case, units)]
    parts += [bullets("What speaks for an innocent reading", _innocent(case))]
    parts += facts(case)
    parts += _follow_ups(case, results.run)
    parts += _use(case)
    parts += _ring(case)
    parts += held(case)
    parts += [bullets("What could be seen", _seen(case, missing))]
    parts += [*_law(case, results.run), *_leads(case), *_lanes(case, results.run)]
    parts += names(case)
    typology = view.typology_of(case.typology)
    parts += [bullets("What to ask", questions(typology)), _ladder()]
    return Group(*parts)


def explain_json(results: Results, account_id: str) -> dict[str, Any]:
    """Return the case of an account as plain values, for ``json.dumps``.

    Ids and texts are as they came. ``json.dumps`` escapes what a terminal would obey as long as
    ``ensure_ascii`` is on, which is its default.

    Raises
    ------
    UsageError
        Where no such account was scored; ids much like it are named.
    """
    case = _case(results, account_id)
    typology = view.typology_of(case.typology)
    links = view.edges(case)
    found: dict[str, Any] = _plain(
        {
            "account": case.lead,
            "accounts": results.scores.height,
            "typology_name": typology.name if typology else None,
            "lookalike": typology.lookalike if typology else None,
            "separates": typology.separates if typology else None,
            "questions": questions(typology),
            "ring": case.ring,
            "evidence_path": [edge for edge in links if account_id in (edge["a"], edge["b"])],
            "totals": dict(case.totals),
            "like_confirmed": [
                row for row in case.like_confirmed if row["account_id"] == account_id
            ],
            "follow_ups": list(case.follow_ups),
            "families_without_data": list(case.silent_families),
            "first_day": case.first_day,
            "daily": [
                {"account_id": s.label, "tpp_hours": s.tpp_hours, "tokens": s.tokens}
                for s in case.series
                if s.label == account_id
            ],
            "policy": [row for row in case.policy if row["account_id"] == account_id],
            "leads": [row for row in case.leads if row["account_id"] == account_id],
            "facts": named(case.facts, account_id),
            "identity": named(case.identity, account_id),
            "links": [row for row in case.links if row["account_id"] == account_id],
            "lanes": dict(results.run.lanes),
            "missing_tables": list(results.run.missing_tables),
        }
    )
    return found


def _plain(value: Any) -> Any:
    """Dates as ISO text and what is not a number as null, so that strict JSON can hold it."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _case(results: Results, account_id: str) -> Case:
    if results.scores.filter(pl.col("account_id") == account_id).is_empty():
        raise UsageError(_unknown(results, account_id))
    return open_cases(results, [key_of(results, account_id)])[0]


def _unknown(results: Results, account_id: str) -> str:
    ids = results.scores["account_id"].to_list()
    near = nearest(account_id, ids)
    words = ", ".join(visible(name, 60) for name in near)
    remedy = f"near it: {words}" if near else "ids are listed in scores.parquet"
    return (
        f"account '{visible(account_id, 60)}' was not scored in this run of "
        f"{plural(len(ids), 'account')}; expected an id as in the logs, case-sensitive; {remedy}"
    )


def _title(case: Case, accounts: int) -> Text:
    lead = case.lead
    queue = QUEUES.get(str(lead["queue"]), ("in no queue", ""))[0]
    words = Text(visible(lead["account_id"], 80), style="bold")
    words.append(f"\n{queue}; rank {lead['rank']:,} of {accounts:,}", style="")
    words.append(f", score {fixed(lead['score'])}, {chance(lead['p_value'])}")
    if change := view.change_words(lead["change"]):
        words.append(f", {change}")
    if typology := view.typology_of(case.typology):
        words.append(f"\nLooks like {typology.id} {typology.name}. {typology.sentence}")
    words.append("\nThe score only ranks; a person decides.\n", style="dim")
    return words


def _against_peers(case: Case, units: view.Units) -> RenderableType:
    lead = case.lead
    reasons: list[Row] = lead["reasons"] or []
    base = lead["base"] or 0.0
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title_justify="left")
    table.title = Text("Why it stands there, against its peers", style="bold not italic")
    table.add_column("reason", ratio=1, overflow="fold")
    for name in ("value", "peers", "beyond"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(f"{fixed(base)} → {fixed(lead['raw_score'])}", width=BAR, no_wrap=True)
    table.add_column("adds", justify="right", no_wrap=True)
    bars = steps_in_characters(base, [reason["contribution"] or 0.0 for reason in reasons])
    for reason, bar in zip(reasons, bars, strict=True):
        table.add_row(*_reason(reason, units), Text(bar), signed(reason["contribution"] or 0.0))
    return Group(table, Text(view.score_words(case) + "\n", style="dim"))


def _reason(reason: Row, units: view.Units) -> list[Text]:
    text = Text(visible(reason["text"] or reason["code"], 160))
    if not reason["feature"]:
        return [text, Text(""), Text(""), Text("")]
    unit = units.get(reason["feature"], "")
    value, median = quantity(reason["value"], unit), quantity(reason["peer_median"], unit)
    return [text, Text(visible(value, 24)), Text(visible(median, 24)), Text(one_in(reason["tail"]))]


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


def _innocent(case: Case) -> list[str]:
    counter = view.counter(case.lead)
    typology = view.typology_of(case.typology)
    words = list(counter.texts)
    if counter.archetype:
        words.append(f"Nearest innocent pattern: {counter.archetype}")
    if typology:
        words.append(f"Looks the same, and is not: {typology.lookalike}.")
        words.append(f"What would tell: {typology.separates}.")
    if not (counter.texts or counter.archetype):
        words.append("The logs hold no counter-evidence: a gap in the logs, not a proof.")
    return words


def _follow_ups(case: Case, run: Run) -> list[RenderableType]:
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
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title_justify="left")
    left = f"; {len(rows) - MEMBERS:,} more in followups.parquet" if len(rows) > MEMBERS else ""
    table.title = Text(f"Follow-up list, most alike first{left}", style="bold not italic")
    table.add_column("account", no_wrap=True)
    for name in ("likeness", "rank"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("queue", no_wrap=True)
    table.add_column("in common", ratio=1, overflow="fold")
    for row in map(followups.line, rows[:MEMBERS]):
        table.add_row(
            Text(visible(row["id"], 32)), row["likeness"], row["rank"], Text(row["queue"]),
            Text(row["common"]),
        )  # fmt: skip
    return Padding(table, (0, 0, 1, 0))


def _use(case: Case) -> list[RenderableType]:
    mine = [series for series in case.series if series.label == case.lead["account_id"]]
    parts: list[RenderableType] = []
    for measure in timeline.measures(mine):
        unit = timeline.UNITS[measure]
        parts.append(Text(f"{unit} by day from {case.first_day:%Y-%m-%d}", style="bold"))
        parts.append(Text(sparkline(getattr(mine[0], measure)), no_wrap=True, overflow="crop"))
        parts.append(Text(timeline.in_words(mine, measure, case.first_day) + "\n", style="dim"))
    return parts


def _ring(case: Case) -> list[RenderableType]:
    if case.key.ring_id is None:
        return []
    account = case.lead["account_id"]
    links = view.edges(case)
    own = [edge for edge in links if account in (edge["a"], edge["b"])]
    notes = view.ring_reasons(case)
    notes += [
        f"{tie.words}: {plural(len(tie.accounts), 'account')}" for tie in ring.ties(links)[:6]
    ]
    title = view.heading(case.key, case.size)
    return [bullets(title, notes), _path(own, account), _members(case)]


def _path(own: Sequence[Row], account: str) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for edge in own[:LINKS]:
        other = edge["b"] if edge["a"] == account else edge["a"]
        tie = f"── {view.link_kind(edge['kind'])}, {number(edge['weight'])} bits ──"
        table.add_row(Text(visible(account, 28)), Text(tie), Text(visible(other, 28)))
    left = f", {len(own) - LINKS:,} more" if len(own) > LINKS else ""
    title = f"Its own ties, strongest first ({len(own):,}{left})"
    return Group(Text(title, style="bold"), Padding(table, (0, 0, 1, 0)))


def _members(case: Case) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title_justify="left")
    left = case.size - MEMBERS
    more = f"; {left:,} more not shown" if left > 0 else ""
    table.title = Text(f"Members by rank{more}", style="bold not italic")
    table.add_column("account", no_wrap=True)
    for name in ("rank", "score", "use"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("queue", no_wrap=True)
    for row in view.member_rows(case)[:MEMBERS]:
        table.add_row(
            Text(visible(row["id"], 32)), row["rank"], row["score"], row["use"], Text(row["queue"])
        )
    return Padding(table, (0, 0, 1, 0))


def _seen(case: Case, missing: Sequence[str]) -> list[str]:
    words = [f"Coverage {percent(case.lead['coverage'])} of the model's inputs."]
    families = [view.family_name(name) for name in case.lead["families"] or []]
    if families:
        words.append(f"Families that speak: {listing(families)}.")
    if totals := view.totals(case):
        words.append(totals)
    return [*words, *view.gaps(case, missing)]


def _law(case: Case, run: Run) -> list[RenderableType]:
    """What lane L says of this account, row by row, the gravest first."""
    mine = [row for row in case.policy if row["account_id"] == case.lead["account_id"]]
    if not mine:
        return []
    lines, left = law.lines_of(mine, run)
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


def _leads(case: Case) -> list[RenderableType]:
    """Public notices that may speak of this account, the strongest first."""
    mine = [row for row in case.leads if row["account_id"] == case.lead["account_id"]]
    words = leads.sentences(mine)
    return [bullets("Public notices: questions, never a verdict", words)] if words else []


def _lanes(case: Case, run: Run) -> list[RenderableType]:
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


def _ladder() -> Text:
    steps = " → ".join(name.lower() for name, _ in LADDER)
    return Text(f"Steps, each by a person: {steps}. This tool takes none of them.", style="dim")
