"""Consumed units: what one of them is in hours, GPU-hours or tokens, exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

Measure = Literal["hours", "gpu_hours", "tokens", "count", "other"]

_HOUR: Final = Fraction(1)
_TIMES: Final[dict[str, Fraction]] = {
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), _HOUR),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), _HOUR / 60),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), _HOUR / 3600),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), _HOUR / 3_600_000),
    **dict.fromkeys(("d", "day", "days"), _HOUR * 24),
    **dict.fromkeys(("week", "weeks"), _HOUR * 24 * 7),
    # A month is 730 hours, as cloud price calculators reckon: 8,760 hours by twelve.
    **dict.fromkeys(("mo", "month", "months"), _HOUR * 730),
    **dict.fromkeys(("yr", "year", "years"), _HOUR * 8760),
}
_SCALES: Final[dict[str, int]] = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "million": 10**6, "b": 10**9, "billion": 10**9,
}  # fmt: skip
_TOKENS: Final[dict[str, int]] = {
    "token": 1, "tokens": 1, "ktok": 10**3, "ktoken": 10**3, "ktokens": 10**3,
    "mtok": 10**6, "mtoken": 10**6, "mtokens": 10**6,
}  # fmt: skip
_INSTANCES: Final = frozenset({
    "instance", "instances", "vm", "vms", "node", "nodes", "machine", "machines", "server",
    "servers", "compute", "pod", "pods", "usage", "running",
})  # fmt: skip
_GPUS: Final = frozenset({"gpu", "gpus", "accelerator", "accelerators", "chip", "chips", "tpu"})
_TOKEN_SIDES: Final = frozenset({"input", "output", "cached", "cache", "text", "prompt"})
_COUNTS: Final = frozenset({"", "unit", "units", "count", "counts", "each", "quantity"})
_LARGEST: Final = 10**9
# "GPUHours", "vmhour": two words written as one ("gpus" and "chips" are one).
_JOINED: Final = re.compile(
    r"(gpu|accelerator|chip|instance|vm|node|machine)(h|hrs?|hours?|min|minutes?|secs?|seconds?)"
)
_NUMBER: Final = re.compile(r"(\d[\d,]{0,14}(?:\.\d{1,6})?)([a-z]*)")


@dataclass(frozen=True, slots=True)
class Unit:
    """What one consumed unit holds: ``factor`` hours, GPU-hours, tokens or plain counts."""

    measure: Measure
    factor: Fraction = Fraction(1)

    @property
    def is_time(self) -> bool:
        """Whether the unit is a time or a GPU-time."""
        return self.measure in ("hours", "gpu_hours")


OTHER: Final = Unit("other")


@lru_cache(maxsize=1024)
def parse_unit(text: str | None) -> Unit:
    """Read a FOCUS ``ConsumedUnit``.

    Parameters
    ----------
    text
        The unit as exported: ``Hrs``, ``100 Hours``, ``GPU-hours``, ``1K tokens``; or None.

    Returns
    -------
    Unit
        Of measure ``other`` for every unit that is none of time, GPU-time, tokens or count.

    Examples
    --------
    >>> parse_unit("Seconds").factor, parse_unit("100 Hours").factor
    (Fraction(1, 3600), Fraction(100, 1))
    >>> parse_unit("GPU-hours").measure, parse_unit("GB-Hours").measure
    ('gpu_hours', 'other')
    >>> parse_unit("1M tokens")
    Unit(measure='tokens', factor=Fraction(1000000, 1))
    """
    if text is None or len(text) > 64:
        return OTHER
    plural = text.strip(" .").lower().replace("(s)", "s")
    words = [w for w in re.split(r"[\s_/-]+", plural) if w and w != "per"]
    number, words = _leading_number(words)
    if not 0 < number <= _LARGEST:
        return OTHER
    return _of_noun(words, number)


def _leading_number(words: list[str]) -> tuple[Fraction, list[str]]:
    number = Fraction(1)
    if words and (found := _NUMBER.fullmatch(words[0])):
        number = Fraction(found[1].replace(",", ""))
        words = ([found[2]] if found[2] else []) + words[1:]
    if words and words[0] in _SCALES:
        number *= _SCALES[words[0]]
        words = words[1:]
    return number, words


def _of_noun(words: list[str], number: Fraction) -> Unit:
    if not words or (len(words) == 1 and words[0] in _COUNTS):
        return Unit("count", number)
    if (joined := _JOINED.fullmatch(words[-1])) is not None:
        words = [*words[:-1], joined[1], joined[2]]
    *before, last = words
    kinds = set(before)
    if last in _TIMES:
        if kinds <= _INSTANCES or (kinds & _INSTANCES and kinds <= _INSTANCES | _GPUS):
            return Unit("hours", number * _TIMES[last])
        if kinds <= _GPUS:
            return Unit("gpu_hours", number * _TIMES[last])
    if last in _TOKENS and kinds <= _TOKEN_SIDES:
        return Unit("tokens", number * _TOKENS[last])
    return OTHER
