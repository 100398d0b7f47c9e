"""What lane E found: leads of public notices, and where in the channel exceptions gather."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client.core import Metric

from detector.exporter.part import MetricSpec, Part, Shown, gauge
from detector.results.leadqueue import LEADS
from detector.results.runparts import RunEvidence

KINDS: Final = ("partner", "rep")

_LEADS: Final = MetricSpec(
    "enduse_leads",
    "gauge",
    "leads",
    ("strength",),
    "Public notices that may speak of an account, by strength; a lead is never a verdict.",
    'enduse_leads{strength="strong"}',
)

_EXCEPTIONS: Final = MetricSpec(
    "enduse_channel_exceptions",
    "gauge",
    "partners or representatives",
    ("kind",),
    "Partners and representatives whose customers had more exceptions than chance gives; busy "
    "ones at the usual rate are not counted.",
    "enduse_channel_exceptions > 0",
)

_UNDECLARED: Final = MetricSpec(
    "enduse_channel_undeclared",
    "gauge",
    "accounts",
    (),
    "Accounts behind partners of which no end customer is named.",
    "enduse_channel_undeclared",
)


def _told(shown: Shown) -> RunEvidence | None:
    """What lane E read; None where it did not run.

    Raises
    ------
    ValueError
        Where it ran and the run does not say what it read: that must not look like nothing.
    """
    told: RunEvidence | None = getattr(shown.run, "evidence", None)
    if told is None and "evidence" not in shown.run and shown.run.lanes.get("E"):
        raise ValueError("run.json does not say what lane E read")
    return told


def _leads(shown: Shown) -> Iterable[Metric]:
    told, found = _told(shown), gauge(_LEADS)
    if told is not None and "tenders" not in told.not_read:
        for strength in LEADS:
            found.add_metric([strength], float(told.leads.get(strength, 0)))
    return [found]


def _channel(shown: Shown) -> Iterable[Metric]:
    """Counts, and none of what nobody sent: no exception on record is not no exception."""
    told, gathering, silent = _told(shown), gauge(_EXCEPTIONS), gauge(_UNDECLARED)
    if told is not None and "exceptions" not in told.not_read:
        for kind in KINDS:
            count = sum(one.gathers for one in told.channel if one.kind == kind)
            gathering.add_metric([kind], float(count))
    if told is not None and "partner_customers" not in shown.run.missing_tables:
        # Those of representatives are those of their partners.
        accounts = sum(one.undeclared for one in told.channel if one.kind == "partner")
        silent.add_metric([], float(accounts))
    return [gathering, silent]


PARTS: Final = (
    Part("leads", (_LEADS,), _leads),
    Part("channel", (_EXCEPTIONS, _UNDECLARED), _channel),
)
