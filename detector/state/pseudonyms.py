"""Accounts, people and machines under keyed pseudonyms, from ingest on.

Keyed BLAKE2b of the distinct values: the same value has the same pseudonym in every table, so
that linkage and joins are those of the plain data, and nobody without the key can go back or
test a guess. Free text that no feature reads is left out. A column's record says which it is.
"""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

from features.tables import UnclassedColumn, privacy
from features.tables.columns import DROP, KEEP

_DIGEST: Final = 16
_KEY_BYTES: Final = 64
_PERSON: Final = b"enduse state"
_KEY_PERSON: Final = b"enduse key id"


def key_id(key: bytes) -> str:
    """A name of the key that tells nothing about it, so that one state has one key."""
    return hashlib.blake2b(key=key[:_KEY_BYTES], digest_size=8, person=_KEY_PERSON).hexdigest()


def hide(frame: pl.DataFrame, table: str, key: bytes) -> pl.DataFrame:
    """Replace identifiers and names by pseudonyms of 32 hex digits and drop free text.

    What becomes of a column stands in the table's record.

    Raises
    ------
    UnclassedColumn
        Where nobody said what becomes of a column: it is not stored by mistake.
    """
    classes = privacy(table)
    unknown = [name for name in frame.columns if name not in classes]
    if unknown:
        raise UnclassedColumn(f"the table {table} has no column '{unknown[0]}' in its record")
    return frame.with_columns(
        _dropped(frame, name) if classes[name] == DROP else _hidden(frame[name], key)
        for name in frame.columns
        if classes[name] != KEEP
    )


def _shown(value: str, name: str, key: bytes) -> str:
    """A pseudonym; that of a GPU's slice is its GPU's, with the slice behind it."""
    device, stroke, number = value.rpartition("/")
    if name == "gpu_uuid" and stroke and number.isdigit():
        return f"{pseudonym(device, key)}/{number}"
    return pseudonym(value, key)


def _dropped(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.lit(None, dtype=frame.schema[name]).alias(name)


def _hidden(values: pl.Series, key: bytes) -> pl.Series:
    distinct = values.unique().drop_nulls()
    shown = pl.Series([_shown(value, values.name, key) for value in distinct], dtype=pl.String)
    return values.replace_strict(distinct, shown, default=None, return_dtype=pl.String)


def pseudonym(value: str, key: bytes) -> str:
    """The name of one value under a key."""
    text = value.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, key=key[:_KEY_BYTES], digest_size=_DIGEST, person=_PERSON)
    return digest.hexdigest()
