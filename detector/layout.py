"""Text on a terminal of any width: what folds, what is cut, and which columns stay.

An id is never broken over two lines; where it has no room it is shortened in the middle, as ids
differ at either end. A table keeps its main column readable and lets others go beneath it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, get_character_cell_size
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

GAP: Final = 2
#: What a main column of text gets before others may stand beside it, and at the very least.
COMFORT: Final = 56
LEAST: Final = 30
# What is longer than this is cut before it is measured.
_LONGEST: Final = 400


def middle(text: str, width: int) -> str:
    """Return text of at most `width` columns, shortened in the middle.

    Examples
    --------
    >>> middle("subscription-0001", 9), middle("short", 9)
    ('subs…0001', 'short')
    """
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 :]}"
    if cell_len(text) <= width:
        return text
    head = max(width - 1, 0) - max(width - 1, 0) // 2
    tail = max(width - 1, 0) // 2
    return f"{_first(text, head)}…{_first(text[::-1], tail)[::-1]}"


def _first(text: str, width: int) -> str:
    """The first characters that fit."""
    room = width
    for place, character in enumerate(text):
        room -= get_character_cell_size(character)
        if room < 0:
            return text[:place]
    return text


def folded(text: str, width: int) -> list[str]:
    """Return text in lines of at most `width` columns; a longer word goes over several.

    Examples
    --------
    >>> folded("What folds is never cut.", 10)
    ['What folds', 'is never', 'cut.']
    """
    lines = Text(text).wrap(_console(), max(width, 1), overflow="fold")
    return [line.plain.rstrip() for line in lines] or [""]


@cache
def _console() -> Console:
    """What wraps text; the text is all it reads."""
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Return text with blanks up to `width` columns."""
    blanks = " " * max(width - cell_len(text), 0)
    return blanks + text if right else text + blanks


def command(words: Sequence[str], width: int, indent: int = 4) -> list[str]:
    r"""Return a command, continued by a backslash where it is too long: it can be pasted whole.

    Examples
    --------
    >>> print("\n".join(command(["enduse", "explain", "results", "acct-1"], 24)))
        enduse explain \
          results acct-1
    """
    lines = [" " * indent + words[0]]
    for place, word in enumerate(words[1:], start=2):
        room = width - (GAP if place < len(words) else 0)
        if cell_len(lines[-1]) + 1 + cell_len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines[-1] += " \\"
            lines.append(" " * (indent + GAP) + word)
    return lines


@dataclass(frozen=True)
class Side:
    """A column beside the main one; of several, those that weigh least go first."""

    name: str
    weight: int
    right: bool = True
    stacked: bool = True


@dataclass(frozen=True)
class Line:
    """A row: the main text and a cell a side column; `told` says that the text has them all."""

    main: str
    cells: tuple[str, ...]
    told: bool = False


@dataclass(frozen=True)
class Columns:
    """A table whose main column keeps its room; what has none beside it stands beneath it.

    Attributes
    ----------
    name
        Of the main column.
    ids
        Whether the main column holds ids, which do not fold.
    """

    name: str
    sides: tuple[Side, ...]
    rows: tuple[Line, ...]
    title: str = ""
    ids: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the table for the width there is."""
        width = options.max_width
        if self.title:
            yield Text(self.title, style="bold")
        kept = self._kept(width)
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
        table.add_column(self.name, ratio=None if self.ids else 1, overflow="fold")
        for at in kept:
            table.add_column(
                self.sides[at].name, justify="right" if self.sides[at].right else "left",
                no_wrap=True,
            )  # fmt: skip
        for row in self.rows:
            table.add_row(self._main(row, kept, width), *(Text(row.cells[at]) for at in kept))
        yield table

    def _kept(self, width: int) -> list[int]:
        """Which side columns have room, in their order."""
        wide = [max(cell_len(side.name), *(cell_len(row.cells[at]) for row in self.rows), 0)
                for at, side in enumerate(self.sides)]  # fmt: skip
        longest = max([cell_len(self.name), *(cell_len(row.main) for row in self.rows)])
        needed = min(longest, width) if self.ids else min(longest, COMFORT)
        kept = list(range(len(self.sides)))
        while kept and needed + GAP + sum(wide[at] + GAP for at in kept) > width:
            kept.remove(min(kept, key=lambda at: self.sides[at].weight))
        # A column that leaves the text less than it needs is worth it only where it is the last.
        return kept or self._best(wide, width)

    def _best(self, wide: Sequence[int], width: int) -> list[int]:
        """The one column that matters most, where the text stays readable beside it."""
        if self.ids or not self.sides:
            return []
        best = max(range(len(self.sides)), key=lambda at: self.sides[at].weight)
        return [best] if width - wide[best] - 2 * GAP >= LEAST else []

    def _main(self, row: Line, kept: Sequence[int], width: int) -> RenderableType:
        main = Text(middle(row.main, width) if self.ids else row.main)
        left = [at for at in range(len(self.sides)) if at not in kept and self.sides[at].stacked]
        under = [f"{self.sides[at].name} {row.cells[at]}" for at in left if row.cells[at].strip()]
        if row.told or not under:
            return main
        return Group(main, Padding(Text("; ".join(under), style="dim"), (0, 0, 0, GAP)))


def listed(title: str, words: Sequence[str], width: int, indent: int = 2) -> Iterator[str]:
    """A title and sentences below it, each further line of one set in."""
    yield from folded(title, width) if title else ()
    for text in words:
        for number, line in enumerate(folded(text, max(width - indent - GAP, 20))):
            yield " " * (indent + GAP * (number > 0)) + line
