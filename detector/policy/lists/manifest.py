"""``manifest.toml`` beside the lists: dates, publishers, and what was accepted last."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from detector.errors import DataError
from detector.policy.lists.text import clean
from detector.terminal import safe_text

NAME: Final = "manifest.toml"
_MOST_BYTES: Final = 1024 * 1024
_TEXTS: Final = ("publisher", "sha256", "shrink_accepted")
_DAYS: Final = {"day": "date", "accepted": "accepted"}
"""Days, and the words under which they stand."""
_KEYS: Final = frozenset({*_TEXTS, *_DAYS.values(), "entries"})


@dataclass(frozen=True)
class Told:
    """What the manifest says of a file.

    ``day`` is that of the list, ``accepted`` that of its acceptance; ``entries`` counts it by
    list, and ``shrink_accepted`` says why fewer were accepted than stood there before.
    """

    day: date | None = None
    publisher: str | None = None
    sha256: str | None = None
    accepted: date | None = None
    shrink_accepted: str | None = None
    entries: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Manifest:
    """What is told of all files together, and of each."""

    whole: Told = field(default_factory=Told)
    files: Mapping[str, Told] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, name: str) -> Told:
        """What is told of a file, with date and publisher of the whole where it has none."""
        told = self.files.get(name, Told())
        return replace(
            told,
            day=told.day or self.whole.day,
            publisher=told.publisher or self.whole.publisher,
        )


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest.

    Raises
    ------
    DataError
        If it is no manifest: what it said of the lists before must not be lost in silence.
    """
    if len(data) > _MOST_BYTES:
        raise DataError(f"{NAME} is larger than {_MOST_BYTES} bytes")
    try:
        found = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise DataError(f"{NAME} is no TOML: {safe_text(error, limit=120)}") from None
    files = found.pop("files", {})
    if not isinstance(files, dict):
        raise DataError(f'{NAME}: files is no table; expected [files."consolidated.csv"]')
    told = {name: _told(table, f"files.{name}") for name, table in files.items()}
    return Manifest(_told(found, "the head"), MappingProxyType(told))


def _told(table: object, where: str) -> Told:
    shown = safe_text(where, limit=80)
    if not isinstance(table, dict):
        raise DataError(f"{NAME}: {shown} is no table")
    strange = sorted(set(table) - _KEYS)
    if strange:
        raise DataError(
            f"{NAME}: {shown} has {safe_text(strange[0], limit=40)}; known are "
            f"{', '.join(sorted(_KEYS))}"
        )
    texts = {key: _is(table.get(key), str, key, shown) for key in _TEXTS}
    days = {name: _is(table.get(key), date, key, shown) for name, key in _DAYS.items()}
    return Told(**texts, **days, entries=_counts(table.get("entries", {}), shown))


def _is(value: Any, kind: type, key: str, where: str) -> Any:
    # A time of day is a date to Python; a manifest has days.
    if value is None or type(value) is kind:
        return clean(value) if isinstance(value, str) else value
    form = "a day such as 2026-11-28, without quotes" if kind is date else "a text in quotes"
    raise DataError(f"{NAME}: {key} of {where} is not {form}")


def _counts(value: object, where: str) -> Mapping[str, int]:
    if not isinstance(value, dict) or not all(type(n) is int for n in value.values()):
        raise DataError(f"{NAME}: entries of {where} is no table of numbers by list")
    return MappingProxyType(dict(value))


def manifest_bytes(manifest: Manifest) -> bytes:
    """A manifest as it is written."""
    parts = ["\n".join(_lines(manifest.whole))] if manifest.whole != Told() else []
    for name, told in sorted(manifest.files.items()):
        parts.append("\n".join([f"[files.{_quoted(name)}]", *_lines(told)]))
        if told.entries:
            counts = (f"{_quoted(key)} = {n}" for key, n in sorted(told.entries.items()))
            parts.append("\n".join([f"[files.{_quoted(name)}.entries]", *counts]))
    return ("\n\n".join(parts) + "\n").encode()


def _lines(told: Told) -> Iterable[str]:
    for name, key in _DAYS.items():
        if getattr(told, name) is not None:
            yield f"{key} = {getattr(told, name).isoformat()}"
    for key in _TEXTS:
        if getattr(told, key) is not None:
            yield f"{key} = {_quoted(getattr(told, key))}"


def _quoted(text: str) -> str:
    # A text without controls is written alike in JSON and TOML.
    return json.dumps(clean(text), ensure_ascii=False)


def put(path: Path, data: bytes) -> None:
    """Write a file beside its place, then move it there."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
