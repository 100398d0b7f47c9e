"""What a finding can name of an account alone: which records lack, which kinds changed, and when.

Kinds of identifier, records and classes of use are told; what they hold, never.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from detector.words import listing, plural
from features.consistency import FACTS
from features.handover import replacements
from features.links.kinds import WORDS
from features.rollups import Rollups
from features.tenancy import key_lives

#: What is missing on record, by the column of the customer's record.
RECORDS: Final[Mapping[str, str]] = {
    "declared_use_class": "the declared use", "customer_class": "the class of customer",
    "kyc_status": "the state of the check", "org_name": "the holder's name",
    "org_address": "the address", "declared_country": "the declared place",
}  # fmt: skip
Details = Mapping[tuple[str, str], str]
_GROUP: Final = "f11_group_density"
_SIZE: Final = "f11_group_size"
# The rollups that hold an account's identifiers.
_SHOWN: Final = ("distinct", "links")


def details_of(rollups: Rollups, table: pl.DataFrame, asked: pl.DataFrame) -> Details:
    """The detail of each finding that can name one, by account and feature.

    Parameters
    ----------
    rollups
        Of all accounts.
    table
        Features of all accounts: the size of an account's group is one of them.
    asked
        ``account_id``, ``feature`` and ``value`` of findings.
    """
    wanted = asked.filter(pl.col("value") > 0.0).select("account_id", "feature").unique()
    found: dict[tuple[str, str], str] = {}
    for feature, told in _TOLD.items():
        ids = wanted.filter(pl.col("feature") == feature)["account_id"].sort()
        if ids.len():
            found |= {(one, feature): text for one, text in told(rollups, ids).items() if text}
    grouped = wanted.filter(pl.col("feature") == _GROUP)["account_id"].sort()
    return found | {(one, _GROUP): text for one, text in _groups(table, grouped).items()}


def _those(frame: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    return frame.filter(pl.col("account_id").is_in(ids.implode()))


def _missing(rollups: Rollups, ids: pl.Series) -> dict[str, str]:
    rows = _those(rollups["accounts"], ids).select("account_id", *FACTS)
    return {
        row["account_id"]: ": " + listing([RECORDS[f] for f in FACTS if row[f] is None])
        for row in rows.iter_rows(named=True)
    }


def _declared(rollups: Rollups, ids: pl.Series) -> dict[str, str]:
    rows = _those(rollups["accounts"], ids).select("account_id", "declared_use_class")
    return {account: str(use) for account, use in rows.iter_rows() if use is not None}


def _replaced(rollups: Rollups, ids: pl.Series) -> dict[str, str]:
    """The kinds, and the day on which the last new one of them is first seen."""
    most = (
        replacements(rollups.of(ids, *_SHOWN))
        .sort(["account_id", "replaced", "first"], descending=[False, True, False])
        .unique("account_id", keep="first", maintain_order=True)
    )
    return {
        account: f": {listing([WORDS.get(kind, kind) for kind in kinds])}, new by {first:%Y-%m-%d}"
        for account, first, kinds in most.select("account_id", "first", "kinds").iter_rows()
    }


def _brief(rollups: Rollups, ids: pl.Series) -> dict[str, str]:
    keys = key_lives(rollups.of(ids, *_SHOWN)).filter("settled")
    counts = keys.group_by("account_id").agg(pl.len(), pl.col("brief").sum())
    return {
        account: f" ({brief:,} of {count:,})"
        for account, count, brief in counts.select("account_id", "len", "brief").iter_rows()
    }


def _groups(table: pl.DataFrame, ids: pl.Series) -> dict[str, str]:
    if not ids.len() or _SIZE not in table.columns:
        return {}
    sizes = _those(table, ids).select("account_id", _SIZE).drop_nulls()
    return {account: f" of {plural(round(math.exp(size)), 'account')}"
            for account, size in sizes.iter_rows()}  # fmt: skip


_TOLD: Final[Mapping[str, Callable[[Rollups, pl.Series], dict[str, str]]]] = {
    "f13_missing_records": _missing,
    "f13_light_use_declared": _declared,
    "f05_replaced_identity": _replaced,
    "f07_brief_keys": _brief,
}
