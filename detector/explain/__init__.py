"""A case on a terminal: the same words as the report's, in plain characters.

======== ==================================================================
naming    which account or ring is meant by what somebody typed
account   the page of an account
ring      the page of a ring
parts     what both pages hold: reasons, what speaks against them, what to ask
standing  why an account is in its queue, and what was decided about it
held      who holds an account, and which identifiers it shares
plain     the same as plain values
======== ==================================================================
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from detector.dossier import open_cases
from detector.explain import account, plain, ring
from detector.explain.naming import find
from detector.explain.parts import sparkline
from detector.terminal import safe_text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from detector.results import Results

__all__ = ["explain", "explain_json", "sparkline"]


def explain(results: Results, name: str, out: str = "OUT") -> RenderableType:
    """Return the case of an account or of a ring for a terminal.

    Parameters
    ----------
    results
        A finished run.
    name
        An id exactly as in ``scores.parquet`` or ``rings.parquet``, also of one in no queue; or
        the number of a case, where no id is written like it.
    out
        The folder of the run, as commands on the page name it.

    Raises
    ------
    UsageError
        Where nothing is called that; ids much like it are named.
    """
    found = find(results, name)
    case = open_cases(results, [found.key])[0]
    page = ring.page if found.ring else account.page
    return page(case, results, safe_text(shlex.quote(out)))


def explain_json(results: Results, name: str) -> dict[str, Any]:
    """Return the case of an account or of a ring as plain values, for ``json.dumps``.

    Ids and texts are as they came. ``json.dumps`` escapes what a terminal would obey as long as
    ``ensure_ascii`` is on, which is its default.

    Raises
    ------
    UsageError
        Where nothing is called that; ids much like it are named.
    """
    found = find(results, name)
    case = open_cases(results, [found.key])[0]
    return plain.of_ring(case, results) if found.ring else plain.of_account(case, results)
