"""Which list an entry stands on: the short code by which rules name it."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple

UNKNOWN: Final = "unknown"
_IN_BRACKETS: Final = re.compile(r"\(([A-Za-z-]{2,12})(?: list)?\)", re.IGNORECASE)


class ListName(NamedTuple):
    """A list: its code, its own words, and whether rules know it."""

    code: str
    words: str
    mapped: bool


@cache
def _spellings() -> Mapping[str, str]:
    text = files(__package__).joinpath("sources.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    codes = {row["code"].lower(): row["code"] for row in rows}
    return MappingProxyType(codes | {row["spelling"]: row["code"] for row in rows})


def published_list(words: str) -> ListName:
    """The list that a publisher's file names; one that is not known is ``unknown``.

    >>> published_list("Entity List (EL) - Bureau of Industry and Security").code
    'EL'
    >>> published_list("A New List (NEW) - Some Agency")
    ListName(code='unknown', words='A New List (NEW) - Some Agency', mapped=False)
    """
    code = _code(words)
    return ListName(code or UNKNOWN, words, code is not None)


def own_list(words: str) -> ListName:
    """The list that somebody's own file names: the words themselves where no rule knows them.

    >>> own_list("el"), own_list("Internal watch")[::2]
    (ListName(code='EL', words='el', mapped=True), ('Internal watch', False))
    """
    code = _code(words)
    return ListName(code or words, words, code is not None)


def _code(words: str) -> str | None:
    """A known code in brackets, else the part before the publisher, as a known spelling."""
    spelled = _spellings()
    plain = words.lower().strip()
    bracketed = [m.group(1).lower() for m in _IN_BRACKETS.finditer(words)]
    tried = [plain, plain.split(" - ")[0].strip(), *bracketed]
    return next((spelled[word] for word in tried if word in spelled), None)
