"""The page of a ring: what ties it, who is in it, and what speaks against the strongest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from detector.dossier import Case, Row
from detector.explain import parts, standing
from detector.layout import Columns, Line, Side
from detector.report import standing as decided
from detector.report import view
from detector.report.core import core_of
from detector.report.glossary import QUEUES
from detector.report.likeness import likeness
from detector.report.ring import ties
from detector.words import chance, fixed, listing, plural, visible

if TYPE_CHECKING:
    from detector.results import Results

MEMBERS: Final = 10
PAIRS: Final = 5
STRONGEST: Final = 3
NOTES: Final = 6
_NUMBER: Final = re.compile(r"(?<![\w-])\d[\d,]*(?:\.\d+)?(?![\w-])")
CORE: Final = "core"
FRINGE: Final = "fringe"


def page(case: Case, results: Results, out: str) -> RenderableType:
    """Everything shown of a ring as one case; ``out`` as commands name the folder of the run."""
    run, first = results.run, parts.typed(case.lead["account_id"])
    shown: list[RenderableType] = [
        _title(case, results.scores.height),
        parts.bullets("What ties it", _tied(case)),
        *pairs(case),
        *members(case),
        *_findings(case),
        parts.innocent(case, _counter(case), None),
        *parts.follow_ups(case, run),
        *parts.use(case, case.series),
        parts.seen(case, run.missing_tables),
        *parts.law_of(case.policy, run),
        *parts.leads_of(case.leads, out),
        *parts.lanes(case, run),
        *parts.asking(case),
        Text(f"One member with all that is known: enduse explain {out} {first}", style="dim"),
    ]
    return Group(*shown)


def _title(case: Case, accounts: int) -> Text:
    lead, ring = case.lead, case.ring or {}
    queue = QUEUES.get(case.key.queue, ("In no queue", ""))[0]
    own = fixed(ring["score"]) if ring.get("score") is not None else "none"
    first = visible(lead["account_id"], 60)
    _, like = likeness(case)
    queued = sum(str(row["queue"]) != "none" for row in case.members)
    lines = [
        f"{queue}; {queued:,} of {plural(case.size, 'account')} in a queue; "
        f"first at rank {lead['rank']:,} of {accounts:,}; score of the ring {own}",
        f"First is {first}: score {fixed(lead['score'])}; {chance(lead['p_value'])}"
        + (f"; {change}" if (change := view.change_words(lead["change"])) else ""),
        *standing.sentences(lead),
        like,
    ]
    return parts.head(view.heading(case.key, case.size), lines)


def _tied(case: Case) -> list[str]:
    """The ring's own evidence, then how many accounts each kind of tie reaches."""
    notes = [*view.ring_reasons(case), *reached(case)]
    core = sum(word == CORE for word in parted(case).values())
    if core and core < case.size:
        notes.append(
            f"{plural(core, 'account')} are the core: in a queue, or tied by two independent rare "
            f"kinds. The other {case.size - core:,} are the fringe, tied by one kind alone."
        )
    if settled := decided.ring_standing(case):
        notes.append(settled)
    return notes or ["This run keeps no ties of it."]


def reached(case: Case) -> list[str]:
    """How many accounts each kind of tie reaches, in one sentence; none where there are no ties."""
    reach: dict[str, set[str]] = {}
    for tie in ties(view.edges(case)):
        reach.setdefault(tie.words, set()).update(tie.accounts)
    kinds = sorted(reach.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    words = [f"{kind} ({len(names):,})" for kind, names in kinds]
    return [f"Kinds of tie, and accounts that each reaches: {listing(words, 12)}."] if words else []


def parted(case: Case) -> dict[str, str]:
    """Which members are the core of the ring, and which its fringe."""
    core = core_of(case)
    return {row["account_id"]: CORE if row["account_id"] in core else FRINGE
            for row in case.members}  # fmt: skip


def _kinds(case: Case) -> dict[tuple[str, str], dict[str, float]]:
    """The kinds that tie each pair, with the bits of each."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for edge in (case.ring or {}).get("edges") or []:
        pair = min(edge["a"], edge["b"]), max(edge["a"], edge["b"])
        kinds = found.setdefault(pair, {})
        kinds[edge["kind"]] = max(kinds.get(edge["kind"], 0.0), edge["weight"] or 0.0)
    return found


def strongest_pairs(case: Case) -> list[dict[str, Any]]:
    """Pairs with what ties them, the strongest first: ``a``, ``b``, ``kinds`` and ``bits``."""
    rows = [
        {"a": a, "b": b, "kinds": sorted(kinds, key=lambda k: (-kinds[k], k)),
         "bits": sum(sorted(kinds.values()))}
        for (a, b), kinds in _kinds(case).items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["bits"], row["a"], row["b"]))


def pairs(case: Case) -> list[RenderableType]:
    """The strongest ties, and between whom."""
    found = strongest_pairs(case)
    if not found:
        return []
    left = f"; {len(found) - PAIRS:,} more pairs in rings.parquet" if len(found) > PAIRS else ""
    rows = [
        Line(f"{visible(row['a'], 60)} – {visible(row['b'], 60)}",
             (listing([view.link_kind(kind) for kind in row["kinds"]], 3),
              parts.strength(row["bits"])))
        for row in found[:PAIRS]
    ]  # fmt: skip
    sides = (Side("tied by", 2, right=False), Side("strength", 1))
    table = Columns("accounts", sides, tuple(rows), f"Ties between whom, strongest first{left}")
    return [Padding(table, (0, 0, 1, 0))]


def members(case: Case) -> list[RenderableType]:
    """The first members: queue, standing, part and use; those in a queue first, then by rank."""
    left = case.size - MEMBERS
    more = f"; {left:,} more in rings.parquet" if left > 0 else ""
    part = parted(case)
    told = any(row["standing"] for row in case.members)
    sides = (
        Side("queue", 6, right=False),
        *([Side("standing", 5, right=False)] if told else []),
        Side("part", 3, right=False),
        Side("rank", 2),
        Side("score", 1),
        Side("use", 4),
    )
    rows = []
    for row, shown in zip(case.members, view.member_rows(case)[:MEMBERS], strict=False):
        state = [standing.word(row)] if told else []
        rows.append(Line(visible(row["account_id"]), (
            shown["queue"], *state, part[row["account_id"]], shown["rank"], shown["score"],
            shown["use"],
        )))  # fmt: skip
    table = Columns(
        "account", sides, tuple(rows), f"Members, those in a queue first{more}", ids=True
    )
    return [Padding(table, (0, 0, 1, 0))]


def _findings(case: Case) -> list[RenderableType]:
    """What speaks most against the strongest members, open ones first."""
    open_ = [row for row in case.members if str(row["standing"]) in ("open", "None")]
    shown = []
    for row in open_[:STRONGEST]:
        reasons = view.main_reasons(row, 3)
        if reasons and (row["score"] or 0.0) > 0.0:
            title = f"Against {visible(row['account_id'], 60)}, {_place(row)}"
            shown.append(parts.bullets(title, reasons))
    return list(shown)


def _place(row: Row) -> str:
    queue = str(row["queue"])
    return "in no queue" if queue == "none" else f"in queue {queue}"


def _counter(case: Case) -> list[str]:
    """What speaks for members, and for how many of them."""
    said: dict[str, list[str]] = {}
    for row in case.members:
        for text in {visible(note["text"] or note["code"]) for note in _notes(row)}:
            said.setdefault(_kind(text), []).append(text)
    most = sorted(said.values(), key=lambda texts: (-len(texts), min(texts)))[:NOTES]
    return [f"{_ranged(texts).rstrip('.')} ({len(texts):,} of {case.size:,} accounts)."
            for texts in most]  # fmt: skip


def _kind(text: str) -> str:
    """What is said, whatever its value: the text without the one number in it."""
    return _NUMBER.sub("#", text) if len(_NUMBER.findall(text)) == 1 else text


def _ranged(texts: Sequence[str]) -> str:
    """Texts that differ in one number at most as one, from the least to the largest of them."""
    values = sorted({found[0] for text in texts if (found := _NUMBER.search(text))}, key=_value)
    if len(set(texts)) == 1 or not values:
        return texts[0]
    return _NUMBER.sub(f"{values[0]} to {values[-1]}", texts[0])


def _value(figure: str) -> float:
    return float(figure.replace(",", ""))


def _notes(row: Row) -> Iterable[Row]:
    return row["counter_evidence"] or ()
