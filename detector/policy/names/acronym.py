"""Acronyms in brackets behind a name: they are another name, and no word of this one."""

from __future__ import annotations

import re
from typing import Final

from detector.policy.names.fold import tokens
from detector.policy.names.tables import tables

_BRACKET: Final = re.compile(r"\s*\(\s*([A-Za-z][A-Za-z.&\- ]{1,11})\s*\)")
_SHORTEST: Final = 2


def split_acronym(text: str) -> tuple[str, str | None]:
    """`text` without its acronym, and the acronym; None where no bracket holds one.

    Examples
    --------
    >>> split_acronym("Academy of Solid Propulsion Technology (ASPT)")
    ('Academy of Solid Propulsion Technology', 'aspt')
    >>> split_acronym("Kestrel Systems (UK) Ltd")
    ('Kestrel Systems (UK) Ltd', None)
    """
    if "(" not in text:
        return text, None
    for bracket in _BRACKET.finditer(text):
        acronym = "".join(tokens(bracket.group(1)))
        rest = text[: bracket.start()] + text[bracket.end() :]
        if len(acronym) >= _SHORTEST and _initials(acronym, text[: bracket.start()]):
            return rest, acronym
    return text, None


def _initials(acronym: str, name: str) -> bool:
    """Whether the acronym is the initials of the words before it, small ones or not."""
    words = tokens(name)
    large = [word for word in words if word not in tables().stops]
    return any(acronym == "".join(word[0] for word in some) for some in (words, large))
