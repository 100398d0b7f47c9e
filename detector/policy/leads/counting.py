"""Numbers on their way to what they count."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple

_MOST: Final = Decimal(10) ** 15
#: What may stand between a number and what it counts.
_REACH: Final = 12
_TIMES: Final = re.compile(r"\s*[x×*]\s*")
#: Between a unit and a number that counts it: "A100 x 8", "tokens: 40 million".
_OF: Final = re.compile(r"\s*(?:数量|數量|quantity)?\s*[x×*:(]\s*")
_SPACE: Final = re.compile(r"[\s:]*")
#: From here on a number behind a name is none of its own.
_LARGEST_NAME: Final = 100


class Amount(NamedTuple):
    """So much of a unit; ``whole`` where the notice says that this is all."""

    number: int
    unit: str
    whole: bool = False


@dataclass
class Counting:
    """Pieces of a text, one after another; ``between`` is what stands before each.

    A number waits for its unit. One that follows money, or a thing that is none of ours
    (``friend``), or an ordinal (``name``) counts nothing.
    """

    amounts: list[Amount] = field(default_factory=list)
    end: int = 0
    _held: Decimal | None = None
    _owner: str | None = None
    _last: str | None = None
    _doubt: str | None = None
    _whole: bool = False

    def number(self, value: Decimal | None, between: str, end: int) -> None:
        """A number: a second one multiplies the first where a sign says so."""
        if self._held is not None and value is not None and _TIMES.fullmatch(between):
            self._held = min(self._held * value, _MOST * 10)
        else:
            self.flush()
            self._owner = self._last if self._last and _OF.fullmatch(between) else None
            self._doubt = self._doubt if _SPACE.fullmatch(between) else None
            # "GPT 4" names a model; "GPT 4000万" counts something.
            if self._doubt == "name" and value is not None and value >= _LARGEST_NAME:
                self._doubt = None
            self._held = None if self._doubt in ("money", "friend") else value
        self._last = None
        self.end = end

    def scale(self, factor: Decimal, between: str, end: int) -> None:
        """A scale right behind a number."""
        if self._held is not None and not between.strip():
            self._held = min(self._held * factor, _MOST * 10)
            self._doubt = None
            self.end = end

    def unit(self, unit: str, between: str, end: int) -> None:
        """What the number counts, if it stands near; "A100 hours" counts hours of GPUs."""
        held, near = self._held, len(between) <= _REACH
        if held is None and unit == "hours" and self._follows("gpus", between.strip(" -")):
            self.amounts[-1] = self.amounts[-1]._replace(unit="gpu_hours")
        elif held is not None and near and self._doubt is None and held <= _MOST:
            self.amounts.append(Amount(int(held), unit, self._whole))
            self._whole = False
        self._clear(end)
        # Only what stands alone can have its number behind it.
        self._last = unit if held is None or not near else None

    def other(self, kind: str, between: str, end: int) -> None:
        """Money, an ordinal, or a thing that is none of ours: it takes its number with it."""
        held = self._held is not None and len(between) <= _REACH
        if kind == "friend" and self._follows("gpus", between.strip()):
            self.amounts.pop()
            held = True
        if kind == "name":
            self.flush()
        self._clear(end)
        self._whole = False
        self._doubt = None if held and kind != "name" else kind

    def total(self, between: str, end: int) -> None:
        """A word for all of it, before the number or behind what was counted."""
        if self._held is None and self._follows("gpus", between.strip()):
            self.amounts[-1] = self.amounts[-1]._replace(whole=True)
        else:
            self._whole = True
        self.end = end

    def skip(self, end: int) -> None:
        """What tells nothing, and may stand between: the memory of a chip."""
        self.end = end

    def barrier(self, end: int) -> None:
        """A number that is part of a date or a name: nothing before it counts on."""
        self._clear(end)

    def flush(self) -> None:
        """The end of what may follow: a number counts the unit before it."""
        if self._held is not None and self._owner is not None and self._held <= _MOST:
            self.amounts.append(Amount(int(self._held), self._owner, self._whole))
            self._whole = False
        self._held = self._owner = None

    def _follows(self, unit: str, between: str) -> bool:
        return bool(self.amounts) and self.amounts[-1].unit == unit and not between

    def _clear(self, end: int) -> None:
        self._held = self._owner = self._last = self._doubt = None
        self.end = end
