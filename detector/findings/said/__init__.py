"""The words of each feature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from detector.findings.finding import Finding
from detector.findings.said import (
    access,
    handover,
    linkage,
    models,
    payments,
    record,
    resale,
    templates,
    tenants,
    together,
)

SAID: Final[Mapping[str, Finding]] = {
    **payments.SAID,
    **resale.SAID,
    **handover.SAID,
    **access.SAID,
    **tenants.SAID,
    **models.SAID,
    **templates.SAID,
    **linkage.SAID,
    **together.SAID,
    **record.SAID,
}
"""Findings by the feature's name."""
