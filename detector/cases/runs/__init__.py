"""Runs become cases: who is paired with which, what opens, comes back, is drawn or is golden."""

from __future__ import annotations
