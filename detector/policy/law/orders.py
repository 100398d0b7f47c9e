"""Orders to one seller: parties and places that it names, among accounts that use its products."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.policy.lane import Known
from detector.policy.law.found import HOLDER, content_keys, found
from detector.policy.law.parties import BEHIND, people
from detector.policy.law.using import Use
from detector.policy.lists import completed
from detector.policy.names.screen import screen
from detector.policy.packs.shape import OrderRule

_SAME: Final = "same"
_NEAR: Final = ("same", "strong")


def on_orders(known: Known, use: Use, parties: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``FOUND`` for orders that are in force at as-of."""
    frames = []
    for pack, rule in known.packs.rules():
        if isinstance(rule, OrderRule) and pack.state(known.as_of, rule.id).rules:
            users = use.of(rule)
            mine = parties.join(users, on="account_id", how="inner")
            named = _named(known, rule, mine) if rule.parties else _placed(rule, mine)
            frames.append(named)
    return found(*frames)


def _named(known: Known, rule: OrderRule, parties: pl.DataFrame) -> pl.DataFrame:
    """Parties that the order names: met where the place agrees too, or it names none."""
    entries = _entries(rule)
    asked = parties.select("name", "country", "address", "role", party_id="account_id")
    hits = screen(asked, entries, as_of=known.as_of.date()).filter(pl.col("band").is_in(_NEAR))
    told = hits.join(
        people(parties), on=["party_id", "role", "name"], how="left", nulls_equal=True
    )  # fmt: skip
    agrees = (
        pl.col("country_agrees").fill_null(value=False) if rule.countries else pl.lit(value=True)
    )
    sure = (pl.col("band") == _SAME) & agrees & ~pl.col("person") & ~pl.col("role").is_in(BEHIND)
    return told.select(
        "role", "entry_name", "entry_key", "score", "parts", account_id="party_id",
        party="name", rule=pl.lit(rule.id),
        condition=pl.when(sure).then(pl.lit("met")).otherwise(pl.lit("possible")),
        strength=pl.when(sure).then(pl.lit("strong"))
        .when(pl.col("person")).then(pl.lit("weak")).otherwise(pl.lit("medium")),
        evidence=pl.format("{}: named in the order as {}", "role",
                           pl.col("entry_name").str.slice(0, 120)),
        bare=pl.lit("named in the order"),
        case=pl.format("order:{}", "entry_key"),
    )  # fmt: skip


def _entries(rule: OrderRule) -> pl.DataFrame:
    """The parties of an order as entries of a list of its own."""
    rows = pl.DataFrame({"name": list(rule.parties)}, schema={"name": pl.String})
    keyed = rows.with_columns(rule=pl.lit(rule.id))
    places = pl.lit(list(rule.countries), dtype=pl.List(pl.String))
    return completed(
        rows.with_columns(
            entry_key=content_keys(keyed, ["rule", "name"]), source=pl.lit(rule.id),
            kind=pl.lit("organisation"), countries=places, mapped=pl.lit(value=True),
        )
    )  # fmt: skip


def _placed(rule: OrderRule, parties: pl.DataFrame) -> pl.DataFrame:
    """Accounts whose holder is in a place that the order names."""
    inside = parties.filter(
        (pl.col("role") == HOLDER) & pl.col("country").is_in(list(rule.countries))
    ).unique("account_id", keep="first", maintain_order=True)
    keyed = inside.with_columns(rule=pl.lit(rule.id))
    return inside.select(
        "account_id", "role", party="name", rule=pl.lit(rule.id), condition=pl.lit("met"),
        strength=pl.lit("strong"),
        evidence=pl.format("customer in {}, which the order names; uses {}", "country", "used"),
        entry_key=content_keys(keyed, ["rule", "country"]),
        case=pl.format("account:{}", "account_id"),
    )  # fmt: skip
