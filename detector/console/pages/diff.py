"""What changed of a case between two runs, as a page and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from detector.cases.differing import Difference, Tell, difference, difference_json
from detector.dossier import Case
from detector.report.words import quantity

#: What the parts of a difference are called.
HEADS: Final = {
    "members": "Accounts", "queues": "Queues", "place": "Score and rank", "ties": "Ties",
    "reasons": "Reasons", "against": "What speaks for an innocent reading",
    "typology": "Typology", "totals": "Totals of all accounts",
}  # fmt: skip


def diff_page(
    before: Case, after: Case, case_id: str, runs: tuple[int, int], units: Mapping[str, str]
) -> dict[str, Any]:
    """What the template ``diff.html.j2`` needs.

    Parameters
    ----------
    before, after
        The case as two runs show it; nothing sealed is read.
    runs
        The numbers of these runs.
    units
        Unit of each feature by name.
    """
    found = difference(before, after, telling(units))
    return {"case_id": case_id, "runs": runs, "found": found, "heads": HEADS}


def diff_data(before: Case, after: Case, units: Mapping[str, str]) -> bytes:
    """The same as the API gives it."""
    told = difference_json(difference(before, after, telling(units)))
    return json.dumps(told, separators=(",", ":")).encode()


def in_short(found: Difference, most: int = 6) -> list[str]:
    """The first sentences of each part in turn, for the page of the case."""
    rows = [list(changes) for changes in found.changes.values()]
    longest = max(map(len, rows), default=0)
    return [part[at].sentence for at in range(longest) for part in rows if at < len(part)][:most]


def telling(units: Mapping[str, str]) -> Tell:
    """How values of features are said with these units."""
    return lambda feature, value: quantity(value, units.get(feature, ""))
