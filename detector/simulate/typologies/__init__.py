"""Typologies of proxy access (T01 to T21) and of the wrongs beside it."""

from __future__ import annotations

from detector.simulate.registry import TYPOLOGIES as TYPOLOGIES
from detector.simulate.typologies import fronts as _fronts
from detector.simulate.typologies import machines as _machines
from detector.simulate.typologies import relays as _relays
from detector.simulate.typologies import wrongs as _wrongs

__all__ = ["TYPOLOGIES"]
_ = (_fronts, _machines, _relays, _wrongs)
