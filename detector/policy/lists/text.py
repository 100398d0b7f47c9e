"""Text of a published list: names cut free of legal phrases, aliases and addresses split."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_DROPPED: Final = frozenset({"Cf", "Co", "Cn"})
LOST: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands where bytes were no UTF-8."""
_BREAKS: Final = frozenset({"Cc", "Zl", "Zp", "Zs"})
_SUCCESSORS: Final = re.compile(
    r"[;,]?\s*\band\s+(?:any|all|its)\s+(?:\w+\s+)?(?:successors?|sub-?units?|subsidiar(?:y|ies))\b.*",
    re.IGNORECASE | re.DOTALL,
)
_KNOWN_AS: Final = re.compile(
    r"[,;]?\s*(?:\band\s+)?(?:\b[afn]\.?k\.?a\.?,?\s*)?\bthe\s+following\s+[\w-]+\s+alias(?:es)?:?\s*"
    r"|[,;]\s*\b[afn]\.k\.a\.?,?\s+",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r";|\s+and\s+(?=—)")
_DASH: Final = ("—", "–", "- ")
_AND: Final = re.compile(r"^(?:and\b[;,]?\s*)+")
_ADDRESS_BEGINS: Final = re.compile(r"\.\s+|\s+(?=(?:No\.?\s*)?\d+\s+[A-Z])")
_LEGAL_END: Final = re.compile(
    r"^(?:(?:co|corp|inc|ltd|llc|l\.l\.c|lp|llp|plc|gmbh|ag|kg|s\.?a|s\.?a\.?s|s\.?r\.?l|s\.?p\.?a|"
    r"b\.?v|n\.?v|jsc|ojsc|pjsc|ooo|oao|zao|ao|limited|incorporated|pte|pty|sdn|bhd|fze|fzc|fzco|"
    r"d\.o\.o|kft|a\.?s|oy|ab|jr|sr)\b\.?\s*)+$",
    re.IGNORECASE,
)
_LONGEST_FORM: Final = 20
_SHORT: Final = 6


def clean(text: str) -> str:
    r"""One line of visible text: no controls, no marks of direction, single blanks.

    >>> clean(" a\x1b\u202e\n b\u200b ")
    'a b'
    """
    if not text.isprintable():
        text = "".join(_shown(c) for c in text)
    return " ".join(text.split())


def _shown(character: str) -> str:
    kind = unicodedata.category(character)
    if "\x80" <= character <= "\x9f":
        # Text of Windows that somebody read as Latin-1: \x92 is an apostrophe.
        return character.encode("latin-1").decode("cp1252", "replace").replace(LOST, " ")
    if kind in _BREAKS:
        return " "
    if kind == "Cs":
        return LOST
    return "" if kind in _DROPPED else character


def bare_name(text: str) -> tuple[str, list[str]]:
    """The name without what lawyers add to it, and the aliases that stood in it.

    >>> bare_name("Orlan Institute; and any successor, sub-unit, or subsidiary thereof")
    ('Orlan Institute', [])
    >>> bare_name("Orlan 8th Academy, and the following two aliases: —Orlan Space; and —OSA")
    ('Orlan 8th Academy', ['Orlan Space', 'OSA'])
    """
    whole = clean(text)
    name, *rest = _KNOWN_AS.split(whole, maxsplit=1)
    bare = _SUCCESSORS.sub("", name).strip(" ;,")
    aliases = split_names(rest[0]) if rest else []
    # A name that is nothing but such a phrase is kept as it stands.
    return (bare, aliases) if bare else (whole, [])


def split_names(text: str, *, commas: bool = False) -> list[str]:
    """Names out of one cell, between semicolons; ``[]`` is none.

    Parameters
    ----------
    text
        The cell.
    commas
        Whether the publisher puts commas between names; a legal form that stands alone then
        belongs to the name before it.

    >>> split_names("Orlan Works; OIAS; and Orlan Space"), split_names("[]")
    (['Orlan Works', 'OIAS', 'Orlan Space'], [])
    >>> split_names("Orlan Optik Co., Ltd., Orlan Works", commas=True)
    ['Orlan Optik Co., Ltd.', 'Orlan Works']
    """
    if text.strip() == "[]":
        return []
    if commas and ";" not in text:
        return _between_commas(text)
    return [name for part in _BETWEEN.split(text) if (name := _bare_part(part))]


def _bare_part(text: str) -> str:
    part = _AND.sub("", clean(text))
    return _SUCCESSORS.sub("", part.lstrip("".join(_DASH))).strip(" ,") if part else ""


def _between_commas(text: str) -> list[str]:
    found: list[str] = []
    for part in (clean(part) for part in text.split(",")):
        # A short part alone: what is long is a name, and slow to try.
        if found and len(part) <= _LONGEST_FORM and _LEGAL_END.match(part):
            found[-1] = f"{found[-1]}, {part}"
        elif part:
            found.append(part)
    return found


def split_addresses(text: str) -> tuple[list[str], list[str]]:
    """Addresses between semicolons, and the aliases that the regulation's text left in them.

    >>> split_addresses("a.k.a., the following one alias: —USTC. No. 9, Hefei, China; and Wuhu")
    (['No. 9, Hefei, China', 'Wuhu'], ['USTC'])
    """
    whole = clean(text)
    if whole == "[]":
        return [], []
    addresses: list[str] = []
    aliases: list[str] = []
    for part in _KNOWN_AS.sub("; ", whole).split(";"):
        address = _AND.sub("", part.strip())
        if address.startswith(_DASH):
            alias, address = _alias_before_address(address.lstrip("".join(_DASH)))
            aliases.append(alias)
        if address.strip(" .,"):
            addresses.append(address)
    return addresses, aliases


def _alias_before_address(text: str) -> tuple[str, str]:
    found = _ADDRESS_BEGINS.search(text)
    if found is None:
        return text.strip(" ."), ""
    return text[: found.start()].strip(" ."), text[found.end() :]


def is_weak(alias: str) -> bool:
    """Whether an alias is one short word, which too many parties share.

    Scripts that write a word with a few signs are not meant.

    >>> is_weak("OIAS"), is_weak("Orlan Works"), is_weak("华为")
    (True, False, False)
    """
    return len(alias) < _SHORT and " " not in alias and ord(max(alias, default="a")) < 0x2E80
