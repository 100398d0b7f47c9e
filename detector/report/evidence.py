"""What lane E read in a run, in words: notices, reports, indicators, and the channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from detector.dossier import Case, Row
from detector.results import Run
from detector.results.runparts import RunChannel, RunEvidence
from detector.words import NONE, listing, percent, plural, visible

CHANNEL_SHOWN: Final = 100
NOT_READ_SHOWN: Final = 10
ROWS_SHOWN: Final = 20
#: The source of what lane E says of a notice.
PUBLIC_NOTICE: Final = "public notice"
KINDS: Final = {"partner": "Partner", "rep": "Representative"}
MEANS: Final = (
    "More of its customers had exceptions of ours than the usual rate of its peers gives, by "
    "chance at most one time in a thousand; or end customers behind it stay unnamed, or lists "
    "may know them. Ask who granted the exceptions and why, and who uses the accounts."
)
MEANS_NOT: Final = (
    "It is no finding about the partner, the representative or a customer. Who is busy at the "
    "usual rate is not shown, and what nobody recorded is not seen."
)


def front(run: Run) -> dict[str, Any] | None:
    """What was read and what was not, for the page; None where the run does not say."""
    told: RunEvidence | None = getattr(run, "evidence", None)
    if told is None:
        return None
    silent = sorted(told.not_read.items())
    return {
        "read": (
            plural(told.notices, "notice"), plural(told.reports, "abuse report"),
            plural(told.indicators, "indicator"),
        ),
        "notices": told.notices, "beside": _no_leads(told),
        "not_read": [f"{visible(table, 40)}: {visible(why, 300)}"
                     for table, why in silent[:NOT_READ_SHOWN]],
        "channel": [_channel(one, run) for one in told.channel[:CHANNEL_SHOWN]],
        "channel_left": max(0, len(told.channel) - CHANNEL_SHOWN),
        "means": MEANS, "means_not": MEANS_NOT,
    }  # fmt: skip


def _no_leads(told: RunEvidence) -> str:
    """Rows that are no leads, in words; nothing where there are none."""
    weak, gone = (told.leads.get(name, 0) for name in ("weak", "disposed"))
    words = [plural(weak, "weak row")] if weak else []
    words += [f"{plural(gone, 'notice')} that went nowhere"] if gone else []
    return listing(words)


def _channel(one: RunChannel, run: Run) -> dict[str, str]:
    """A partner or representative in words; a dash is what nobody told."""
    named = one.kind == "partner" and "partner_customers" not in run.missing_tables
    policy = getattr(run, "policy", None)
    screened = named and policy is not None and bool(policy.lists)
    return {
        "kind": KINDS.get(one.kind, visible(one.kind, 20)),
        "id": one.id,
        "accounts": f"{one.accounts:,}",
        "excepted": f"{one.excepted:,}",
        "usual": "too few peers" if one.usual is None else percent(one.usual),
        "tail": tail_words(one.tail),
        "gathers": "yes" if one.gathers else "no",
        "undeclared": f"{one.undeclared:,}" if named else NONE,
        "listed": f"{one.listed:,}" if screened else NONE,
    }


def tail_words(tail: float | None) -> str:
    """The chance of as many exceptions at the usual rate.

    Examples
    --------
    >>> tail_words(0.25), tail_words(9.1e-9), tail_words(0.0), tail_words(None)
    ('0.25', '9.1e-09', 'below 1e-300', '–')
    """
    if tail is None:
        return NONE
    return f"{tail:.2g}" if tail > 0 else "below 1e-300"


def lane_rows(case: Case, members: Sequence[Row]) -> list[Row]:
    """What lane E says of some members of a case, by account.

    What notices say is left out where they are shown in full.
    """
    return [
        {**row, "account": member["account_id"]}
        for member in members
        for row in member["lane_e"] or ()
        if not (case.leads and row["source"] == PUBLIC_NOTICE)
    ]
