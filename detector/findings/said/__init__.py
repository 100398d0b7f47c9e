"""The words of each feature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from detector.findings.finding import Finding
from detector.findings.said import (
    amounts,
    linkage,
    machines,
    payments,
    record,
    together,
    usage,
)

SAID: Final[Mapping[str, Finding]] = {
    **usage.SAID, **amounts.SAID, **payments.SAID, **machines.SAID, **linkage.SAID, **together.SAID, **record.SAID,
}  # fmt: skip
"""Findings by the feature's name."""
