"""Restricted-party lists in a state: files as they came, and what was not taken.

They are public: nothing of a customer is in them, and a state under pseudonyms holds them too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Standing = Literal["older", "none", "itself"]


@dataclass(frozen=True)
class HeldList:
    """Size and hash of a file, and its entries by list (none where it is no list)."""

    bytes: int
    sha256: str
    entries: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class AsideList:
    """A file that is not counted, and why, in a sentence.

    ``standing`` says what the state holds under its name: the ``older`` file that was there
    before, ``none``, or the file ``itself``, which every reader will refuse alike. ``sha256`` is
    that of the file, where it was read.
    """

    name: str
    sentence: str
    standing: Standing
    sha256: str | None = None


@dataclass(frozen=True)
class HeldLists:
    """The files by their names beside each other, and what is not counted."""

    files: Mapping[str, HeldList] = field(default_factory=dict)
    aside: tuple[AsideList, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.files or self.aside)

    def said(self, *standings: Standing) -> list[str]:
        """The sentences about files of some standings."""
        return [a.sentence for a in self.aside if a.standing in standings]


def entries_by_list(files: Iterable[HeldList]) -> dict[str, int]:
    """The entries of several files together."""
    total: dict[str, int] = {}
    for file in files:
        for name, number in file.entries.items():
            total[name] = total.get(name, 0) + number
    return total


def lists_from(held: Mapping[str, Any] | None) -> HeldLists:
    """What a manifest says of lists; one of an older version says nothing.

    Raises
    ------
    KeyError, TypeError, AttributeError
        Where it is something else.
    """
    if held is None:
        return HeldLists()
    files = {name: HeldList(**file) for name, file in held["files"].items()}
    return HeldLists(files, tuple(AsideList(**aside) for aside in held["aside"]))
