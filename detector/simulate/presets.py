"""The presets of the data contract: what differs from the standard world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from detector.errors import UsageError


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings of one kind of world.

    Attributes
    ----------
    prevalence : share of accounts that are proxies.
    wrongs : share of accounts with another wrong: victims, miners, payment fraud.
    split : accounts over which one customer's demand is spread.
    volume : factor on the demand of ring members.
    poison : share of accounts that carry a ring's signs without its business.
    sketches : share of model-usage rows that come with a template sketch.
    policy : whether there are parties that lists, terms or rules on owners mean.
    variety : how much worlds of this preset differ from one another; see ``variety``.
    """

    name: str = "standard"
    prevalence: float = 1 / 150
    wrongs: float = 1 / 110
    match_volume: bool = False
    cases: bool = False
    access: bool = True
    split: int = 1
    volume: float = 1.0
    throttle: bool = False
    mimic: bool = False
    aged: bool = False
    perfect_kyc: bool = False
    poison: float = 0.0
    ramp: bool = False
    drift: bool = False
    dirty: bool = False
    policy: bool = True
    sketches: float = 0.25
    variety: float = 0.0


_PRESETS: Final = {
    preset.name: preset
    for preset in (
        Preset(),
        Preset("volume_matched", match_volume=True),
        Preset("public_cases", prevalence=1 / 400, cases=True),
        Preset("clean", prevalence=0.0, wrongs=0.0, policy=False),
        Preset("no_access", access=False),
        Preset("split5", split=5),
        Preset("split20", split=20),
        Preset("split100", split=100),
        Preset("throttle", throttle=True),
        Preset("mimic", mimic=True),
        Preset("aged", aged=True),
        Preset("perfect_kyc", perfect_kyc=True),
        Preset("poison", poison=0.01),
        Preset("ramp", ramp=True),
        Preset("drift", drift=True),
        Preset("dirty", dirty=True),
    )
}
PRESETS: Final = tuple(_PRESETS)


def preset_of(name: str, settings: Mapping[str, Any] | None = None) -> Preset:
    """Return a preset, with single settings changed.

    Raises
    ------
    UsageError
        If the preset or a setting has no such name.
    """
    if name not in _PRESETS:
        raise UsageError(f"There is no preset {name!r}; choose one of {', '.join(PRESETS)}.")
    known = {field.name for field in fields(Preset)} - {"name"}
    unknown = sorted(set(settings or {}) - known)
    if unknown:
        raise UsageError(f"Unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}.")
    return replace(_PRESETS[name], **(settings or {}))
