"""What pages and commands show of cases, and to whom; nothing here writes but views."""

from __future__ import annotations
