"""Rules and their dates as data: what was in force when, where that is written, how sure it is."""

from __future__ import annotations

from detector.policy.packs.book import Packs, load_packs
from detector.policy.packs.calendar import NOT_YET, STATES, State
from detector.policy.packs.pack import Membership, Pack

__all__ = ["NOT_YET", "STATES", "Membership", "Pack", "Packs", "State", "load_packs"]
