"""People, their roles and passwords, tokens of programs, sessions in a browser."""

from __future__ import annotations
