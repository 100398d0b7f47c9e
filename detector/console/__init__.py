"""The reviewers' pages."""

from __future__ import annotations
