"""One entry of a list: what a format hands over, and what is kept of it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import polars as pl

from detector.errors import DataError
from detector.policy.lists.places import countries
from detector.policy.lists.publishers import ListName
from detector.policy.lists.text import LOST, bare_name, clean, is_weak, split_addresses
from detector.terminal import safe_text

ENTRIES: Final = pl.Schema(
    {
        "entry_key": pl.String(),
        "source": pl.String(),
        "source_name": pl.String(),
        "mapped": pl.Boolean(),
        "entry_id": pl.String(),
        "kind": pl.String(),
        "name": pl.String(),
        "aliases": pl.List(pl.String()),
        "weak_aliases": pl.List(pl.String()),
        "addresses": pl.List(pl.String()),
        "countries": pl.List(pl.String()),
        "programs": pl.List(pl.String()),
        "from": pl.Date(),
        "until": pl.Date(),
        "citation": pl.String(),
        "file": pl.String(),
        "file_sha256": pl.String(),
    }
)
"""The columns of the entries: one row an entry of one list."""

QUARANTINE: Final[dict[str, pl.DataType]] = {
    "file": pl.String(),
    "row": pl.Int64(),
    "column": pl.String(),
    "reason": pl.String(),
}
"""What could not be read; without a column the whole row is out."""

MOST_BYTES: Final = 4_096
"""Bytes of one name."""
MOST_ALIASES: Final = 500
MOST_NAMES: Final = 1_000_000
"""Names and aliases of one file."""
MOST_BAD: Final = 10_000
"""Rows of one file that cannot be read."""
_MOST_WORDS: Final = 500
_AT_ONCE: Final = 20_000
_KINDS: Final = {
    "entity": "organisation", "organization": "organisation", "organisation": "organisation",
    "company": "organisation", "legalentity": "organisation", "publicbody": "organisation",
    "individual": "person", "person": "person", "vessel": "vessel", "aircraft": "aircraft",
    "airplane": "aircraft",
}  # fmt: skip
_DATES: Final = ("%m/%d/%Y", "%d %b %Y")
"""Ways to write a day beside those of ISO 8601."""
_WORDS: Final = re.compile(r"[^\W_]+")


# Lists go into a frame as one text each, many times faster; no clean text has this sign.
_BETWEEN: Final = "\x1f"
_LISTS: Final = frozenset(name for name, kind in ENTRIES.items() if kind == pl.List(pl.String()))
_ROW: Final = {name: kind for name, kind in ENTRIES.items() if not name.startswith("file")}
_FLAT: Final = {name: pl.String() if name in _LISTS else kind for name, kind in _ROW.items()}
_UNFOLDED: Final = [
    pl.when(pl.col(name) == "").then([]).otherwise(pl.col(name).str.split(_BETWEEN)).alias(name)
    if name in _LISTS
    else pl.col(name)
    for name in _ROW
]


@dataclass
class Draft:
    """An entry as it stands in a file: text, not yet cleaned or bounded."""

    listed: ListName
    name: str
    aliases: Sequence[str] = ()
    weak: Sequence[str] = ()
    addresses: str | Sequence[str] = ""
    countries: Sequence[str] = ()
    programs: Sequence[str] = ()
    kind: str = ""
    entry_id: str = ""
    start: str = ""
    until: str = ""
    citation: str = ""


@dataclass
class Bench:
    """Where the rows of one file are collected."""

    file: str
    sha256: str
    counts: Counter[str] = field(default_factory=Counter)
    bad: list[dict[str, Any]] = field(default_factory=list)
    _names_seen: int = 0
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _parts: list[pl.DataFrame] = field(default_factory=list)

    def refuse(self, row: int, reason: str, column: str | None = None) -> None:
        """Set a row aside, or of one that is kept the cell alone."""
        if len(self.bad) >= MOST_BAD:
            raise DataError(f"{self.file} has more than {MOST_BAD} rows that cannot be read")
        said = safe_text(reason, limit=200)
        self.bad.append({"file": self.file, "row": row, "column": column, "reason": said})

    def take(self, row: int, draft: Draft) -> None:
        """Keep an entry; one without a readable name is set aside."""
        reason = _unreadable(draft.name)
        if reason:
            self.refuse(row, f"the name {reason}")
            return
        name, inside = bare_name(draft.name)
        addresses, among = _addresses(draft.addresses)
        if any(LOST in address for address in addresses):
            self.refuse(row, "holds bytes that are not UTF-8", "addresses")
        aliases, weak = self._names(row, name, [*draft.aliases, *inside, *among], draft.weak)
        self._count(1 + len(aliases) + len(weak))
        entry: dict[str, Any] = {
            "source": _words(draft.listed.code),
            "source_name": _words(draft.listed.words),
            "mapped": draft.listed.mapped,
            "entry_id": _words(draft.entry_id) or None,
            "kind": _KINDS.get(draft.kind.strip().lower(), "unknown"),
            "name": name,
            "aliases": aliases,
            "weak_aliases": weak,
            "addresses": addresses,
            "countries": countries(draft.countries, addresses),
            "programs": [p for part in draft.programs if (p := _words(part))],
            "from": self._date(row, "from", draft.start),
            "until": self._date(row, "until", draft.until),
            "citation": _words(draft.citation) or None,
        }
        self.counts[entry["source" if entry["mapped"] else "source_name"]] += 1
        self._rows.append({"entry_key": content_key(entry), **entry})
        if len(self._rows) >= _AT_ONCE:
            self._pack()

    def _pack(self) -> None:
        """Put the rows so far into a frame, which holds them in a tenth of the memory."""
        rows = [_flat(row) for row in self._rows]
        self._parts.append(pl.DataFrame(rows, schema=_FLAT, orient="row").select(_UNFOLDED))
        self._rows = []

    def frame(self) -> pl.DataFrame:
        """The entries, in the columns of ``ENTRIES``."""
        self._pack()
        whole = pl.concat(self._parts).with_columns(
            file=pl.lit(self.file), file_sha256=pl.lit(self.sha256)
        )
        self._parts = [whole.drop("file", "file_sha256")]
        return whole.select(list(ENTRIES))

    def _count(self, names: int) -> None:
        self._names_seen += names
        if self._names_seen > MOST_NAMES:
            raise DataError(
                f"{self.file} holds more than {MOST_NAMES} names, which no list has; "
                "export the list anew"
            )

    def _names(
        self, row: int, name: str, aliases: Iterable[str], weak: Iterable[str]
    ) -> tuple[list[str], list[str]]:
        """Strong and weak aliases, each once, within bounds."""
        given_weak = [alias for text in weak if (alias := clean(text))]
        given = [alias for text in aliases if (alias := clean(text))]
        whole = dict.fromkeys([*given, *given_weak])
        whole.pop(name, None)
        kept = [alias for alias in whole if not _unreadable(alias)]
        if len(kept) < len(whole):
            self.refuse(row, f"{len(whole) - len(kept)} aliases are no readable names", "aliases")
        if len(kept) > MOST_ALIASES:
            self.refuse(
                row, f"has {len(kept)} aliases; the first {MOST_ALIASES} are kept", "aliases"
            )
        strong: list[str] = []
        doubtful: list[str] = []
        for alias in kept[:MOST_ALIASES]:
            (doubtful if alias in given_weak or is_weak(alias) else strong).append(alias)
        return strong, sorted(doubtful)

    def _date(self, row: int, column: str, text: str) -> date | None:
        """A civil day; one that cannot be read is null, so that the entry goes on to count."""
        written = clean(text)[:40].split("T")[0]
        if not written:
            return None
        day = read_day(written)
        if day is not None:
            return day
        self.refuse(row, f"{written!r} is no date; expected one such as 2026-03-01", column)
        return None


def read_day(text: str) -> date | None:
    """A day as lists write it; None if it is none.

    >>> read_day("2026-03-01") == read_day("03/01/2026") == read_day("1 Mar 2026")
    True
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    for form in _DATES:
        with suppress(ValueError):
            return datetime.strptime(text, form).date()
    return None


def _words(text: str) -> str:
    return clean(text[: 2 * _MOST_WORDS])[:_MOST_WORDS]


def _unreadable(name: str) -> str | None:
    """Why a text is no name, as the rest of a sentence."""
    if LOST in name or (not name.isascii() and any("\ud800" <= c <= "\udfff" for c in name)):
        return "holds bytes that are not UTF-8"
    if len(name) > MOST_BYTES or len(name.encode("utf-8", "replace")) > MOST_BYTES:
        return f"is longer than {MOST_BYTES} bytes"
    if not any(c.isalnum() for c in name):
        return "is empty" if not name.strip() else "holds no letter and no digit"
    return None


def _addresses(given: str | Sequence[str]) -> tuple[list[str], list[str]]:
    cells = [given] if isinstance(given, str) else given
    split = [split_addresses(cell) for cell in cells]
    addresses = dict.fromkeys(address for found, _ in split for address in found)
    return list(addresses), [alias for _, found in split for alias in found]


def _flat(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(_BETWEEN.join(row[n]) if n in _LISTS else row[n] for n in _ROW)


def content_key(entry: dict[str, Any]) -> str:
    """The key of what an entry says: list, name, aliases and addresses, in any order.

    Letter case, punctuation and blanks do not count, nor does the publisher's id: a decision
    that is kept under the key stands when an id changes and falls when the content does.
    """
    listed = entry["source"] if entry["mapped"] else entry["source_name"]
    parts = [
        [plain(listed)],
        [plain(entry["name"])],
        sorted({plain(alias) for alias in (*entry["aliases"], *entry["weak_aliases"])}),
        sorted({plain(address) for address in entry["addresses"]}),
    ]
    text = "\x1e".join("\x1f".join(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain(text: str) -> str:
    """The words of a text in small letters, without punctuation: what counts of it."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_WORDS.findall(folded)) or folded


def distinct(entries: pl.DataFrame) -> pl.DataFrame:
    """Each entry once: the same content under the same id for the same time.

    Two persons of one name, of whom no more is known, have two ids and stay two.
    """
    same = ["entry_key", "entry_id", "from", "until"]
    return entries.unique(same, keep="first", maintain_order=True)


def completed(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that tell some columns of entries as entries: lists that they lack are empty."""
    lacking = [
        pl.lit([] if name in _LISTS else None, dtype=kind).alias(name)
        for name, kind in ENTRIES.items()
        if name not in rows.columns
    ]
    return rows.with_columns(lacking).select(list(ENTRIES)).cast(ENTRIES)
