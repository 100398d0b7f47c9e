"""Adapters: exported files to the normalised tables, and the quarantine."""

from __future__ import annotations

from detector.sources.discover import InputFile
from detector.sources.ledger import TableCounts
from detector.sources.logs import Logs, read_logs

__all__ = ["InputFile", "Logs", "TableCounts", "read_logs"]
