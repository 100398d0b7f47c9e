"""What the template of one case is filled with, part by part of its page."""

from __future__ import annotations

from typing import Any, Final

from detector.dossier import Case
from detector.report import evidence, holder, law, leads, members, standing, timeline, view
from detector.report.core import core_of, independent_kinds
from detector.report.families import unshown
from detector.report.glossary import QUEUES
from detector.report.likeness import headed, likeness
from detector.report.steps import SUFFERED, is_victim, steps_of
from detector.results import Run
from detector.typologies import questions
from detector.words import chance, in_so_many, percent
from features.rings import MAX_EDGES

LINKS_SHOWN: Final = 24
_REASONS: Final = 4


def case_view(
    case: Case, number: int, units: view.Units, run: Run, *, sheet: int | None = None
) -> dict[str, Any]:
    """Everything the template of one case is filled with.

    ``sheet`` is how many members a page of its own lists, which has all ties; None among others.
    """
    ident = f"case-{number}"
    return {
        "ident": ident,
        "number": number,
        "case": case,
        "lead": case.lead,
        "sheet": sheet is not None,
        **_head(case),
        **_reasons(case, units),
        "use": timeline.table(case.series, case.first_day),
        "use_words": view.use_words(case),
        **_ties(case, ident, LINKS_SHOWN if sheet is None else MAX_EDGES),
        **_members(case, members.SHOWN if sheet is None else sheet),
        **_holder(case),
        "totals": view.totals(case),
        "coverage": percent(case.lead["coverage"]),
        "gaps": view.gaps(case, run.missing_tables),
        "like_confirmed": view.like_confirmed(case),
        **_lanes(case, run),
    }


def _head(case: Case) -> dict[str, Any]:
    """What a case is called, where it stands, and how rare it is."""
    lead, is_ring = case.lead, case.key.ring_id is not None
    return {
        "heading": view.heading(case.key, case.size),
        "lead_is_first": lead["account_id"] == case.members[0]["account_id"],
        "is_ring": is_ring,
        "queue": QUEUES.get(case.key.queue, ("In no queue", ""))[0],
        "chance": chance(lead["p_value"]),
        "rare": in_so_many(lead["p_value"]),
        "change": view.change_words(lead["change"]),
        "queue_reason": standing.queue_reason(lead),
        "standing": standing.ring_standing(case) if is_ring else "",
        "lead_standing": "" if is_ring else standing.standing_words(lead),
    }


def _reasons(case: Case, units: view.Units) -> dict[str, Any]:
    """What a case looks like and why, what speaks against it, and what to do next."""
    typology, _ = likeness(case)
    return {
        "typology": typology,
        "looks": headed(case),
        "brief": view.brief(case),
        "questions": questions(typology),
        "next_steps": steps_of(case),
        "suffered": SUFFERED if is_victim(case) else "",
        "ring_reasons": view.ring_reasons(case),
        "reasons": view.lead_reasons(case, _REASONS),
        "families": view.speaking(case.lead),
        "lines": view.reason_lines(case.lead, units),
        "score_words": view.score_words(case),
        "unshown": unshown(case),
        "counter": view.counter(case.lead),
    }


def _ties(case: Case, ident: str, most: int) -> dict[str, Any]:
    """What ties a ring: drawn, in a sentence, and the first of them one by one."""
    drawing, drawn = view.picture(case, ident)
    links = view.edges(case)
    return {
        "picture": drawing,
        "drawn": drawn,
        "ties": view.tie_summary(case),
        "links": links[:most],
        "links_left": max(0, len(links) - most),
    }


def _members(case: Case, limit: int) -> dict[str, Any]:
    """Members of a ring as its page lists them, and how many it leaves out."""
    if case.key.ring_id is None:
        return {"groups": [], "members_left": 0, "any_standing": False}
    rows = view.member_rows(case)
    shown = members.groups(rows, core_of(case), independent_kinds(case), limit)
    return {
        "groups": shown,
        "members_left": len(rows) - sum(len(group.rows) for group in shown),
        "any_standing": any(row["standing"] for row in rows),
    }


def _holder(case: Case) -> dict[str, Any]:
    """What records say of who holds the accounts."""
    held, held_left, held_alone = holder.held_rows(case)
    return {
        "facts": holder.fact_table(case),
        "facts_left": max(0, len(case.facts) - holder.FACTS_SHOWN),
        "names": holder.name_table(case),
        "names_left": max(0, len(case.identity) - holder.NAMES_SHOWN),
        "not_told": holder.NOT_TOLD,
        "held": held,
        "held_left": held_left,
        "held_alone": held_alone,
    }


def _lanes(case: Case, run: Run) -> dict[str, Any]:
    """What rules, public notices and outside evidence say."""
    law_rows, law_left = law.lines_of(case.policy, run)
    lead_rows, leads_left, leads_weak = leads.lines_of(case.leads)
    outside = evidence.lane_rows(case, case.members)
    return {
        "law_rows": law_rows,
        "law_left": law_left,
        "lane_l": (case.lead["lane_l"] or [])[: view.LANE_ROWS],
        "lead_rows": lead_rows,
        "leads_left": leads_left,
        "leads_weak": leads_weak,
        "legend": leads.LEGEND,
        "nothing_against": leads.NOTHING_AGAINST,
        "lane_e": outside[: evidence.ROWS_SHOWN],
        "lane_e_left": max(0, len(outside) - evidence.ROWS_SHOWN),
    }
