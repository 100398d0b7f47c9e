"""Homonyms abroad: names whose legal forms are those of different countries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from detector.policy.leads.terms import folded, rows_of

_BREAKS: Final = re.compile(r"[\s,()\[\]\"]+")
_DROPPED: Final = re.compile(r"[.'’]")
#: Forms that stand before a name.
_FIRST: Final = frozenset({"pt", "ооо", "ooo", "зао", "пао", "тоо"})
#: Words of a form, at most.
_LONGEST: Final = 3
#: A name of a firm, at most; the form stands at one of its ends.
_MOST: Final = 500


def other_country(name: str, other: str) -> bool:
    """Whether two legal forms are told that no country has both of.

    >>> other_country("Orrin Vale GmbH", "Orrin Vale Pte. Ltd.")
    True
    >>> other_country("Orrin Vale GmbH", "Orrin Vale"), other_country("Orrin Ltd", "Orrin GmbH")
    (False, False)
    >>> other_country("KG Vale Ltd", "Orrin Vale Co., Ltd."), other_country("ООО Орин", "Orrin BV")
    (False, True)
    """
    mine, theirs = _countries(name), _countries(other)
    return bool(mine and theirs) and not mine & theirs


@lru_cache(maxsize=10_000)
def _countries(name: str) -> frozenset[str]:
    """Countries that have the legal form of a name; none where it has none, or any may."""
    ends_of = name if len(name) <= _MOST else f"{name[:_MOST]} {name[-_MOST:]}"
    plain = _DROPPED.sub("", folded(ends_of))
    words = [word for word in _BREAKS.split(plain) if word]
    ends = [" ".join(words[-n:]) for n in range(min(_LONGEST, len(words)), 0, -1)]
    first = [word for word in words[:1] if word in _FIRST]
    found = [_forms()[end] for end in (*ends, *first) if end in _forms()]
    if not found and words:
        found = [told for form, told in _han().items()
                 if words[-1].endswith(form) or words[0].startswith(form)]  # fmt: skip
    return found[0] if found else frozenset()


@cache
def _forms() -> Mapping[str, frozenset[str]]:
    """Countries of each form, the longest first."""
    rows = sorted(rows_of("form_countries.csv"), key=lambda row: -len(row["form"]))
    return {row["form"]: frozenset(row["countries"].split()) for row in rows}


@cache
def _han() -> Mapping[str, frozenset[str]]:
    """Forms that stand at the end of a name without a space."""
    return {form: told for form, told in _forms().items() if not form.isascii()}
