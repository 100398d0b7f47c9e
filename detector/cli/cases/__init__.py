"""The commands on a folder of cases, one file a subject."""

from __future__ import annotations
