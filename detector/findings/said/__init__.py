"""The words of each feature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from detector.findings.finding import Finding
from detector.findings.said import (
    access,
    amounts,
    handover,
    linkage,
    machines,
    models,
    payments,
    record,
    resale,
    templates,
    tenants,
    together,
    usage,
)

SAID: Final[Mapping[str, Finding]] = {
    **usage.SAID,
    **amounts.SAID,
    **payments.SAID,
    **resale.SAID,
    **handover.SAID,
    **access.SAID,
    **tenants.SAID,
    **machines.SAID,
    **models.SAID,
    **templates.SAID,
    **linkage.SAID,
    **together.SAID,
    **record.SAID,
}
"""Findings by the feature's name."""
