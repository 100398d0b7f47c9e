"""Adapters: exported files to the normalised tables, and the quarantine."""

from __future__ import annotations

from detector.sources.ledger import TableCounts
from detector.sources.listing import InputFile
from detector.sources.logs import Logs, read_logs
from detector.sources.source import Source

__all__ = ["InputFile", "Logs", "Source", "TableCounts", "read_logs"]
