"""Results to one page of HTML: bounded, escaped, without a script or an outside address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, Template
from markupsafe import Markup

from detector import words
from detector.dossier import WINDOW_DAYS, Case, CaseKey, case_keys, open_cases
from detector.report import (
    distribution,
    evidence,
    followups,
    frontpage,
    law,
    lawfront,
    leads,
    modelcard,
    sheet,
    view,
    week,
)
from detector.report.caseview import case_view
from detector.report.glossary import FAMILY_SENTENCES, NEVER_GIVEN, QUEUES, TERMS
from detector.report.templating import environment_of, styled
from detector.typologies import TYPOLOGIES
from features.families import FAMILY_NAMES

if TYPE_CHECKING:
    from detector.results import Results

Section = tuple[dict[str, Any], Markup]

LARGEST: Final = 950_000
# Cases shown of each queue; 50 is what two reviewers can do in a week.
SHOWN: Final = {"proxy": 50, "victim": 10, "policy": 50, "other": 5}
# The most that the cases of lane L take of it; what is left out is said.
LARGEST_LAW: Final = 250_000
# The same of leads, and of notices of no account.
LARGEST_LEADS: Final = 150_000
LARGEST_UNATTACHED: Final = 50_000


def render(results: Results, units: view.Units) -> str:
    """Return the report as one HTML document of less than one megabyte.

    Parameters
    ----------
    results
        A finished run.
    units
        Unit of each feature by name; a feature without one is shown as a bare figure.

    Notes
    -----
    The first cases of each queue are shown (``SHOWN``), fewer where they would not fit. No
    time of writing is in it: the same results give the same bytes.
    """
    keys = case_keys(results)
    chosen = [key for name in QUEUES for key in _of(keys, name)[: SHOWN[name]]]
    made = environment_of("detector.report")
    numbers = {key: number for number, key in enumerate(keys, start=1)}
    opened = ((numbers[case.key], case) for case in open_cases(results, chosen))
    sections = list(_sections(made, results, opened, units))
    asked, told = law.overview(results), leads.overview(results)
    shown = _beside(made, asked, told, sections)
    page = _page(made, results, keys, sections, shown)
    if len(page.encode()) <= LARGEST:
        return page
    while len(page.encode()) > LARGEST and sections:
        sections = _without_last(sections)
        page = _page(made, results, keys, sections, shown)
    # Links lead to the pages of accounts that are still there.
    links = _beside(made, asked, told, sections)
    return _page(made, results, keys, sections, links)


def _beside(
    environment: Environment,
    asked: law.Overview,
    told: leads.Overview,
    sections: Sequence[Section],
) -> dict[str, Any]:
    """What lanes L and E show, with links to the pages of accounts that are there."""
    pages = {
        row["account_id"]: filled["ident"]
        for filled, _ in sections
        for row in filled["case"].members
    }
    return _law(environment, asked, pages) | _leads(environment, told, pages)


def _law(environment: Environment, asked: law.Overview, pages: Mapping[str, str]) -> dict[str, Any]:
    """The cases of lane L as finished sections, as many as fit, and how many are left out."""
    template = environment.get_template("lawcase.html.j2")
    room = LARGEST_LAW
    drawn: dict[str, list[Markup]] = {}
    for name, cases in (("law", asked.cases), ("silenced", asked.silenced)):
        filled = (
            {"ident": f"{name}-{number}", "number": number, "case": case, "pages": pages}
            for number, case in enumerate(cases, start=1)
        )
        drawn[name], room = _fitting(template, filled, room)
    return {
        "law_queue": asked,
        "law_ladder": law.LADDER,
        "law_cases": drawn["law"],
        "law_left": asked.total - len(drawn["law"]),
        "law_silenced": drawn["silenced"],
        "law_silenced_left": asked.silenced_total - len(drawn["silenced"]),
    }


def _leads(
    environment: Environment, told: leads.Overview, pages: Mapping[str, str]
) -> dict[str, Any]:
    """Leads and notices of no account as finished pieces, as many as fit."""
    shared = {"pages": pages, "nothing_against": leads.NOTHING_AGAINST}
    own = (
        {"ident": f"lead-{number}", "number": number, "lead": lead, **shared}
        for number, lead in enumerate(told.leads, start=1)
    )
    alone = ({"lead": lead} for lead in told.unattached)
    template, row = map(environment.get_template, ("lead.html.j2", "notice.html.j2"))
    drawn, _ = _fitting(template, own, LARGEST_LEADS)
    rows, _ = _fitting(row, alone, LARGEST_UNATTACHED)
    return {
        "asked_leads": told,
        "leads_ladder": leads.LADDER,
        "leads_drawn": drawn,
        "leads_left": told.total - len(drawn),
        "unattached_rows": rows,
        "unattached_left": told.unattached_total - len(rows),
    }


def _fitting(
    template: Template, filled: Iterable[Mapping[str, Any]], room: int
) -> tuple[list[Markup], int]:
    """The first pieces that fit into so many bytes, and the room that is left."""
    drawn: list[Markup] = []
    for values in filled:
        text = template.render(values)
        room -= len(text.encode())
        if room < 0:
            break
        drawn.append(Markup(text))  # noqa: S704 - our template, escaped
    return drawn, room


def _without_last(sections: Sequence[Section]) -> list[Section]:
    """Leave out the last case of the queue that shows most."""
    queues = [filled["case"].key.queue for filled, _ in sections]
    fullest = max(QUEUES, key=queues.count)
    last = max(index for index, queue in enumerate(queues) if queue == fullest)
    return [*sections[:last], *sections[last + 1 :]]


def _of(keys: Sequence[CaseKey], queue: str) -> list[CaseKey]:
    return [key for key in keys if key.queue == queue]


def _sections(
    environment: Environment,
    results: Results,
    cases: Iterable[tuple[int, Case]],
    units: view.Units,
) -> Iterator[Section]:
    """Each case, by its number in all queues, as its row there and its finished section."""
    template = environment.get_template("case.html.j2")
    for number, case in cases:
        filled = case_view(case, number, units, results.run)
        yield filled, Markup(template.render(filled, hh="h3", h="h4"))  # noqa: S704


def _page(
    environment: Environment,
    results: Results,
    keys: Sequence[CaseKey],
    sections: Sequence[Section],
    shown: dict[str, Any],
) -> str:
    run = results.run
    counts = distribution.spread(results.scores, run.alpha)
    warnings, notes = frontpage.warnings(run), frontpage.notes(run)
    return environment.get_template("report.html.j2").render(
        styled(),
        run=run,
        total=results.scores.height,
        queues=list(sheet.queues(keys, [filled for filled, _ in sections])),
        queued=sum(key.queued for key in keys),
        cases=len(keys),
        sections=sections,
        spread=distribution.draw(counts),
        spread_words=distribution.in_words(counts),
        followups=followups.overview(results),
        week=week.overview(results),
        law=lawfront.front(run),
        evidence=evidence.front(run),
        **shown,
        lanes=frontpage.lanes(run),
        warnings=warnings,
        notes=notes,
        counts=frontpage.table_counts(run),
        outcomes=frontpage.OUTCOMES.values(),
        missing=[words.visible(name, 40) for name in run.missing_tables],
        quarantined=results.quarantine.height,
        inputs=frontpage.inputs(run),
        card=modelcard.card(run),
        drift=frontpage.drift(run),
        drift_bar=frontpage.DRIFT_SEEN,
        usage=frontpage.usage(run),
        shares=frontpage.shares(run),
        window=WINDOW_DAYS,
        linked=True,
        law_total=shown["law_queue"].total,
        terms=TERMS,
        families=[(f, FAMILY_NAMES[f], said) for f, said in FAMILY_SENTENCES.items()],
        typologies=[t for t in TYPOLOGIES.values() if t.id not in NEVER_GIVEN],
    )
