"""Cases in the words and drawings of the page, the terminal and the console."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from detector.dossier import TOTALS, Case, CaseKey, Row
from detector.report import (
    followups,
    ring,
    standing,
    timeline,
    waterfall,
)
from detector.report.core import core_of
from detector.report.families import family_name
from detector.report.glossary import CHANGES, LINK_KINDS
from detector.words import (
    fixed,
    in_so_many,
    listing,
    number,
    one_in,
    percent,
    plural,
    quantity,
    signed,
    visible,
)

LANE_ROWS: Final = 8
COUNTER_ROWS: Final = 8
REASON_ROWS: Final = 8
LISTED_ROWS: Final = 4
BRIEF: Final = 220
REASON: Final = 300
# So many notes for an innocent reading lead the page of a case.
MUCH: Final = 3
# Notes of facts that lowered the score go by the code of their feature.
LOWERED: Final = re.compile(r"F\d\d-")
# What a finding says of peers: its value and theirs need no columns of their own.
PEERS: Final = "half of its peers"
# The words with which a note of counter-evidence names the closest innocent pattern.
NEAREST: Final = re.compile(r"(?:\bthe )?nearest benign (?:case|archetype) is ", re.IGNORECASE)

Units = Mapping[str, str]


@dataclass(frozen=True)
class ReasonLine:
    """One row of the waterfall in words."""

    text: str
    family: str
    beside: str
    beyond: str
    contribution: str
    bar: Markup


@dataclass(frozen=True)
class Counter:
    """What speaks for the innocent reading; ``leads`` where it is rich enough to be read first."""

    texts: tuple[str, ...]
    archetype: str | None
    leads: bool = False


def heading(key: CaseKey, size: int) -> str:
    """Name a case: the ring with its size, or the account."""
    if key.ring_id is None:
        return f"Account {visible(key.lead_id, 60)}"
    name = visible(key.ring_id, 48)
    return f"{'' if name.lower().startswith('ring') else 'Ring '}{name}, {plural(size, 'account')}"


def change_words(change: str | None) -> str:
    """Return how the case moved since the previous run."""
    return CHANGES.get(change or "", "")


def speaking(lead: Row) -> str:
    """Families that speak; in a run that does not tell, those that raise the score."""
    told = lead.get("speaking")
    return listing([family_name(f) for f in (lead["families"] if told is None else told) or []])


def reason_lines(lead: Row, units: Units) -> list[ReasonLine]:
    """The base, each reason and the raw score as rows with their bars."""
    reasons: list[Row] = (lead["reasons"] or [])[:REASON_ROWS]
    base = lead["base"] or 0.0
    bars = waterfall.bars(base, [reason["contribution"] or 0.0 for reason in reasons])
    first = ReasonLine("Base: where every account starts", "", "", "", fixed(base), bars[0])
    last = ReasonLine("Raw score of the account", "", "", "", fixed(lead["raw_score"]), bars[-1])
    middle = [_reason(r, bar, units) for r, bar in zip(reasons, bars[1:-1], strict=True)]
    return [first, *middle, last]


def _reason(reason: Row, bar: Markup, units: Units) -> ReasonLine:
    text = visible(reason["text"] or reason["code"])
    return ReasonLine(
        text,
        family_name(reason["family"]),
        _beside(reason, text, units.get(reason["feature"] or "", "")),
        one_in(reason["tail"]) if reason["feature"] else "",
        signed(reason["contribution"] or 0.0),
        bar,
    )


def _beside(reason: Row, text: str, unit: str) -> str:
    """The value and that of the peers' middle, where the sentence does not say them itself."""
    if not reason["feature"] or PEERS in text:
        return ""
    middle = quantity(reason["peer_median"], unit)
    return f"{quantity(reason['value'], unit)}; middle of its peers: {middle}"


def main_reasons(row: Row, count: int = 3) -> list[str]:
    """The strongest reasons that raise the score, as sentences."""
    strong = [r for r in row["reasons"] or [] if r["feature"] and (r["contribution"] or 0) > 0]
    return [visible(r["text"] or r["code"], REASON) for r in strong[:count]]


def lead_reasons(case: Case, count: int) -> list[str]:
    """The strongest reasons of the first account; in a ring they say whose they are."""
    return [_whose(case) + text for text in main_reasons(case.lead, count)]


def _whose(case: Case) -> str:
    return "" if case.key.ring_id is None else f"{visible(case.key.lead_id, 40)}: "


def ring_reasons(case: Case) -> list[str]:
    """What the ring's own evidence is, as sentences."""
    return [visible(r["text"] or r["code"]) for r in ((case.ring or {}).get("reasons") or [])[:8]]


def brief(case: Case) -> str:
    """The strongest reasons in one line: the ring's first, then whose, and those of its lead."""
    tied = tie_summary(case, 3)
    first, *others = [
        *([tied] if tied else ring_reasons(case)[:1]),
        *main_reasons(case.lead, 2),
        "",
    ]
    line, whose = first.rstrip("."), _whose(case)
    for text in others:
        if text and len(line) + len(whose) + len(text) < BRIEF:
            line += f" · {whose}{text.rstrip('.')}"
            whose = ""
    return visible(line, BRIEF)


def counter(lead: Row) -> Counter:
    """Counter-evidence, with the nearest benign archetypes set apart."""
    texts, nearest = [], []
    rows = lead["counter_evidence"] or []
    rich = len(rows) >= MUCH or any(LOWERED.match(row["code"] or "") for row in rows)
    for row in rows[:COUNTER_ROWS]:
        before, *after = NEAREST.split(visible(row["text"] or row["code"]), maxsplit=1)
        if after:
            nearest.append(after[0].rstrip("."))
        if before:
            texts.append(before.rstrip(":; ") + "." if after else before)
    return Counter(tuple(texts), "; ".join(nearest) + "." if nearest else None, rich)


def score_words(case: Case) -> str:
    """Say whether the score is the account's own or its ring's."""
    lead = case.lead
    if lead["ring_score"] is None:
        return "The score is the account's own; it is in no ring."
    if lead["score"] is not None and lead["ring_score"] >= lead["score"]:
        return "The score is the ring's, which is larger than the account's own."
    return f"The score is the account's own; its ring alone has {number(lead['ring_score'])}."


def member_rows(case: Case) -> list[dict[str, str]]:
    """Members by rank in words."""
    sums = {series.label: series for series in case.series}
    return [member_row(row, sums) for row in case.members]


def member_row(row: Row, sums: Mapping[str, Any]) -> dict[str, str]:
    """One member in words."""
    series = sums[row["account_id"]]
    return {
        "id": row["account_id"],
        "rank": f"{row['rank']:,}",
        "score": fixed(row["score"]),
        "chance": in_so_many(row["p_value"]),
        "queue": str(row["queue"]),
        "standing": standing.standing_words(row),
        "change": change_words(row["change"]),
        "use": used(sum(series.tpp_hours), sum(series.tokens)),
        "coverage": percent(row["coverage"]),
        "reason": (main_reasons(row, 1) or [""])[0],
    }


def used(tpp_hours: float, tokens: float) -> str:
    """Return use in the window, in TPP-hours or tokens."""
    if tpp_hours:
        return f"{number(tpp_hours)} TPP-h"
    return f"{number(tokens)} tokens" if tokens else "none"


def totals(case: Case) -> str:
    """Say the plain totals of the case over all data, those that are not zero."""
    words = [f"{number(value)} {TOTALS[name]}" for name, value in case.totals.items() if value]
    whose = f" of the {plural(case.size, 'account')}" if case.size > 1 else ""
    return f"All use on record{whose}: {', '.join(words)}." if words else ""


def use_words(case: Case) -> list[str]:
    """Use by day in sentences, one a measure."""
    return [
        timeline.in_words(case.series, measure, case.first_day)
        for measure in timeline.measures(case.series)
    ]


def edges(case: Case) -> Sequence[Row]:
    """Links of the ring, strongest first."""
    links: list[Row] = (case.ring or {}).get("edges") or []
    return sorted(links, key=lambda e: (-(e["weight"] or 0.0), e["a"], e["b"], e["kind"]))


def picture(case: Case, ident: str) -> tuple[Markup | None, str]:
    """The ring drawn, its core first, and how much of it is; None without links."""
    links = edges(case)
    if not links:
        return None, ""
    core, found = core_of(case), ring.ties(links)
    names = sorted((row["account_id"] for row in case.members), key=lambda name: name not in core)
    return ring.draw(f"{ident}-ring", names, found, core), ring.shown_words(names, found)


def link_kind(kind: str) -> str:
    """A kind of link in a reviewer's words."""
    return LINK_KINDS.get(kind, visible(kind, 24).replace("_", " "))


def tie_summary(case: Case, kinds: int = 5) -> str:
    """Say which kinds of evidence tie how many accounts."""
    best: dict[str, int] = {}
    for tie in ring.ties(edges(case)):
        best[tie.words] = max(best.get(tie.words, 0), len(tie.accounts))
    words = [f"{kind} ({count})" for kind, count in sorted(best.items(), key=lambda p: -p[1])]
    return f"Tied by {listing(words, kinds)}." if words else ""


def gaps(case: Case, missing: Sequence[str]) -> list[str]:
    """What could not be seen of this case, in sentences."""
    notes = []
    if case.silent_families:
        names = listing([family_name(f) for f in case.silent_families], 8)
        notes.append(f"Not seen for lack of tables: {names}.")
    if missing:
        notes.append(
            f"Tables missing from this run: {listing([visible(m, 40) for m in missing], 13)}."
        )
    low = [row for row in case.members if (row["coverage"] or 0.0) < 0.5]
    if low and case.size > 1:
        notes.append(f"{plural(len(low), 'account')} of the ring with less than half the inputs.")
    if (case.lead["coverage"] or 0.0) < 0.5:
        notes.append("Less than half of the model's inputs: read the score with caution.")
    return notes


def like_confirmed(case: Case) -> list[str]:
    """Which confirmed cases the accounts are like, in sentences."""
    several = case.size > 1
    return [
        (f"{visible(row['account_id'], 40)}: " if several else "") + followups.listed_words(row)
        for row in case.like_confirmed[:LISTED_ROWS]
    ]
