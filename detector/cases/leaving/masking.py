"""Ids under keyed pseudonyms, wherever they stand in what leaves, and names withheld."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

_TOKEN: Final = re.compile(r"[\w@-]+")
_WITHHELD: Final = "[withheld]"
#: Keys whose values name an account, a ring, or who pays or stands behind one.
_NAMES: Final = frozenset({
    "account_id", "account_ids", "lead_id", "lead_account", "members", "ring_id", "case", "a", "b",
    "left", "right", "partner_id", "payer_account_id", "organization_id", "organisation_id",
})  # fmt: skip
#: Keys whose values say who somebody is.
WHO: Final = frozenset({"org_name", "org_address", "email_domain", "owner_name", "party"})
#: Shorter names would be withheld from half of all words.
_SHORTEST: Final = 4


class Mask:
    """Gives ids their pseudonyms in texts and JSON.

    Parameters
    ----------
    ids
        Of accounts and rings, wherever they stand.
    names
        Names, addresses and the like: they are withheld.
    shown
        The pseudonym of an id.
    """

    def __init__(
        self, ids: Collection[str], names: Collection[str], shown: Callable[[str], str]
    ) -> None:
        self._ids = frozenset(one for one in ids if one)
        self._names = sorted((one for one in names if len(one) >= _SHORTEST), key=len, reverse=True)
        self._shown = shown

    def text(self, text: str) -> str:
        """A text without ids and names."""
        for name in self._names:
            text = re.sub(re.escape(name), _WITHHELD, text, flags=re.IGNORECASE)
        if self._odd is not None:
            text = self._odd.sub(lambda found: self._shown(found[0]), text)
        return _TOKEN.sub(lambda found: self._one(found[0]), text)

    def held(self, value: Any) -> Any:
        """What JSON holds, without ids and names."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(key): self.held(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.held(one) for one in value]
        return value

    def left_in(self, data: bytes) -> str | None:
        """An id or a name that stands in a file all the same; None where there is none."""
        text = html.unescape(data.decode("utf-8", "replace"))
        if self._odd is not None and (odd := self._odd.search(text)):
            return odd[0]
        token = next((one for one in _TOKEN.findall(text) if one in self._ids), None)
        low = text.casefold()
        return token or next((name for name in self._names if name.casefold() in low), None)

    @cached_property
    def _odd(self) -> re.Pattern[str] | None:
        """Ids that are not one token of a text: with dots, colons or spaces."""
        odd = sorted((one for one in self._ids if not _TOKEN.fullmatch(one)), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, odd))) if odd else None

    def _one(self, token: str) -> str:
        return self._shown(token) if token in self._ids else token


def keyed(key: bytes) -> Callable[[str], str]:
    """Pseudonyms of 32 hex digits under a key."""

    def shown(value: str) -> str:
        text = value.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(
            text, key=key[:64], digest_size=16, person=b"enduse pack"
        ).hexdigest()

    return shown


def named_in(value: Any, keys: Collection[str] = _NAMES, key: str = "") -> Iterator[str]:
    """The texts that stand under some keys in what JSON holds: by default those that are ids."""
    if isinstance(value, str):
        if key in keys:
            yield value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from named_in(one, keys, name)
    elif isinstance(value, list):
        for one in value:
            yield from named_in(one, keys, key)
