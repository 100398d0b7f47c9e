"""Errors of the numeric layer; the application maps them to its own exit codes."""

from __future__ import annotations


class ModelFormatError(ValueError):
    """A stored model is missing, damaged, of another format, or does not fit the features."""


class CalibrationRefused(ValueError):
    """False-discovery control was asked for without a reviewed-clean calibration set."""
