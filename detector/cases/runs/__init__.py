"""Runs become cases: who is paired with which, what opens, goes on, comes back and is drawn."""

from __future__ import annotations
