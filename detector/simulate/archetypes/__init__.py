"""Innocent archetypes: ordinary customers, and look-alikes that carry single signs."""

from __future__ import annotations

from detector.simulate.archetypes import firms as _firms
from detector.simulate.archetypes import groups as _groups
from detector.simulate.archetypes import labs as _labs
from detector.simulate.archetypes import ordinary as _ordinary
from detector.simulate.registry import ARCHETYPES as ARCHETYPES

__all__ = ["ARCHETYPES"]
_ = (_firms, _groups, _labs, _ordinary)
