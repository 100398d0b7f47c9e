"""How long what is kept: retention, holds, copies."""

from __future__ import annotations
