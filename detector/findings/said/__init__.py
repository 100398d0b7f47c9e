"""The words of each feature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from detector.findings.finding import Finding
from detector.findings.said import payments

SAID: Final[Mapping[str, Finding]] = {**payments.SAID}
"""Findings by the feature's name."""
