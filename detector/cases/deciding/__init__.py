"""People decide: claims, judgements in rounds, settlements, and decisions from elsewhere."""

from __future__ import annotations
