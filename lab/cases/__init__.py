"""Folders of cases to be killed, damaged and forged: for benchmarks, and small for tests."""

from __future__ import annotations
