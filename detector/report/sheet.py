"""Pages for print: one case on a sheet, and the queue alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from detector.dossier import Case, CaseKey, case_keys, open_cases
from detector.report import view, week
from detector.report.caseview import case_view
from detector.report.glossary import QUEUES
from detector.report.templating import environment_of, styled
from detector.words import plural, visible

if TYPE_CHECKING:
    from detector.results import Results

#: Members that a case lists on its own page: as many as fit of these.
MEMBERS: Final = (2_000, 1_000, 500, 200, 40)
LARGEST: Final = 950_000
#: Cases that a printed queue lists at most: some sixty sheets.
LISTED: Final = 1_000


def case_page(results: Results, key: CaseKey, units: view.Units, *, ring: bool) -> str:
    """One case as a page of its own, below one megabyte, that prints on one or two sheets.

    Parameters
    ----------
    results
        A finished run.
    key
        The case, in a queue or not.
    units
        Unit of each feature by name.
    ring
        Whether the ring was asked for, else the account that leads ``key``.
    """
    [case] = open_cases(results, [key])
    page = ""
    for members in MEMBERS:
        page = _drawn(results, case, members, units, ring=ring)
        if len(page.encode()) <= LARGEST:
            break
    return page


def _drawn(results: Results, case: Case, members: int, units: view.Units, *, ring: bool) -> str:
    """The page with so many members."""
    key = case.key
    filled = case_view(case, 1, units, results.run, sheet=members)
    if not ring and key.ring_id is not None:
        alone = view.heading(CaseKey(key.queue, key.rank, None, key.lead_id, 1), 1)
        name = visible(key.ring_id, 48)
        filled["heading"] = f"{alone}, one of the {plural(case.size, 'account')} of {name}"
    page = environment_of("detector.report").get_template("casepage.html.j2")
    shared = styled() | {"total": plural(results.scores.height, "account"), "run": results.run}
    return page.render(filled | shared, hh="h1", h="h2")


def queue_page(results: Results, units: view.Units) -> str:
    """The queues as tables for print, nothing else."""
    keys = case_keys(results)
    rows = [
        case_view(case, number, units, results.run)
        for number, case in enumerate(open_cases(results, keys[:LISTED]), start=1)
    ]
    page = environment_of("detector.report").get_template("queuepage.html.j2")
    return page.render(
        styled(), run=results.run, week=week.overview(results), linked=False,
        law_total=results.policy.height, total=plural(results.scores.height, "account"),
        queues=list(queues(keys, rows)),
    )  # fmt: skip


def queues(keys: Sequence[CaseKey], shown: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each queue that holds a case, and the first queue in any case, with the rows shown of it."""
    for name, (title, sentence) in QUEUES.items():
        mine = [key for key in keys if key.queue == name]
        rows = [filled for filled in shown if filled["case"].key.queue == name]
        if mine or name == "proxy":
            yield {
                "name": name,
                "title": title,
                "sentence": sentence,
                "cases": len(mine),
                "rows": rows,
                "changed": any(filled["change"] for filled in rows),
                "left": len(mine) - len(rows),
            }
