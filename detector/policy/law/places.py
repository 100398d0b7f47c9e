"""Rules about places: headquarters, and where the customer is whom the terms serve.

Places are those that the customer and its papers declare of organisations. Where it is used
from may ask a question, weakly, and never more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from detector.policy.lane import Known
from detector.policy.law.found import HOLDER, content_keys, found
from detector.policy.law.parties import PARENT, places_of
from detector.policy.law.using import Use
from detector.policy.packs.pack import Pack
from detector.policy.packs.shape import PlaceRule, RegionRule
from detector.policy.rules import Condition, headquartered, outside
from features.rollups import Rollups

_WEIGHTS: Final = {"met": "strong", "possible": "medium"}
#: Days on which a place must be seen before it asks anything.
_LEAST_DAYS: Final = 2
_SHOWN: Final = 4
_PLACE: Final = "place of use"
NOT_TOLD: Final[Condition] = "not_told"


def on_places(known: Known, use: Use) -> pl.DataFrame:
    """Rows of ``FOUND`` for every account that a rule about places asks of."""
    accounts = places_of(known["accounts"])
    frames = []
    for _pack, rule in known.packs.rules():
        if isinstance(rule, PlaceRule):
            frames.append(_headquarters(known, use, rule, accounts))
        elif isinstance(rule, RegionRule):
            frames += [_region(known, use, rule, accounts), _used_from(known, use, rule, accounts)]
    return found(*frames)


def _headquarters(known: Known, use: Use, rule: PlaceRule, accounts: pl.DataFrame) -> pl.DataFrame:
    asked = use.of(rule).join(accounts, on="account_id", maintain_order="left")
    places = ["hq_country", "ultimate_parent_hq_country"]
    has_parent = pl.any_horizontal(pl.col("ultimate_parent_name", places[1]).is_not_null())
    asked = asked.with_columns(parent=has_parent)
    pack = known.packs[rule.places]
    judged = _judge(
        asked, [*places, "parent"], lambda *row: _seat(*row, rule=rule, pack=pack, known=known)
    )
    return _rows(judged, rule.id, [*places, "party"])


def _seat(
    own: str | None, parents: str | None, parent: bool, *, rule: PlaceRule, pack: Pack, known: Known
) -> tuple[Condition, str, str]:
    """Condition, whose seat it is, and the reason."""
    told = [own, parents] if parent else [own]
    if not any(told):
        return NOT_TOLD, HOLDER, "nobody told where its headquarters are"
    condition = headquartered(told, rule, pack, known.as_of)
    for country, whose in ((own, HOLDER), (parents, PARENT)):
        if country is not None:
            member = pack.member(country, rule.groups, known.as_of)
            if member.inside:
                table = f"{member.name} in {pack.id} {pack.head.version}"
                doubt = "" if member.verified else ", which nobody verified"
                said = "ultimate parent's headquarters" if whose == PARENT else "headquarters"
                return condition, whose, f"{said} in {country}: {table}{doubt}"
    seen = ", ".join(country for country in told if country)
    rest = "" if all(told) else "; nobody told the other seat"
    return condition, HOLDER, f"headquarters in {seen}, in none of {', '.join(rule.groups)}{rest}"


def _region(known: Known, use: Use, rule: RegionRule, accounts: pl.DataFrame) -> pl.DataFrame:
    asked = use.of(rule).join(accounts, on="account_id", maintain_order="left")
    asked = asked.with_columns(place=pl.coalesce("declared_country", "hq_country"))
    pack = known.packs[rule.places]

    def served(place: str | None) -> tuple[Condition, str, str]:
        if place is None:
            return NOT_TOLD, HOLDER, "nobody told where the customer is"
        condition = outside(place, pack, known.as_of)
        words = {
            "met": f"customer in {place}, which the terms do not serve",
            "possible": f"customer in {place}, on no list of places that the terms serve",
            "not_met": f"customer in {place}, which the terms serve",
        }
        return condition, HOLDER, words.get(condition, f"no table says whether {place} is served")

    return _rows(_judge(asked, ["place"], served), rule.id, ["place"])


def _used_from(known: Known, use: Use, rule: RegionRule, accounts: pl.DataFrame) -> pl.DataFrame:
    """Used from a place that the terms do not serve: a weak question, and no more."""
    pack = known.packs[rule.places]
    users = use.of(rule)

    def barred(piece: Rollups) -> pl.DataFrame:
        named = pl.col("place").is_not_null()
        seen = piece.window("access", "account_id", "day", "place", rows=named)
        places = [
            place for place in seen["place"].unique().sort()
            if outside(place, pack, known.as_of) == "met"
        ]  # fmt: skip
        there = seen.filter(pl.col("place").is_in(places))
        return there.unique().join(users, on="account_id", how="semi")

    days = (
        known.rollups.of_pieces(barred, "access")
        .group_by("account_id")
        .agg(pl.col("day").n_unique(), places=pl.col("place").unique().sort().head(_SHOWN))
        .filter(pl.col("day") >= _LEAST_DAYS)
    )
    told = days.sort("account_id").join(
        accounts.select("account_id", party="org_name"), on="account_id", maintain_order="left"
    )  # fmt: skip
    where = pl.col("places").list.join(", ")
    return told.select(
        "account_id", "party", rule=pl.lit(rule.id), role=pl.lit(_PLACE),
        condition=pl.lit("possible"), strength=pl.lit("weak"),
        evidence=pl.format(
            "used from {} on several days; {}", where, pl.lit(rule.text or rule.title)
        ),
        entry_key=content_keys(told.with_columns(rule=pl.lit(rule.id), where=where),
                               ["rule", "where"]),
        case=pl.format("account:{}", "account_id"),
    )  # fmt: skip


_Judge = Callable[..., tuple[Condition, str, str]]


def _judge(asked: pl.DataFrame, columns: list[str], judge: _Judge) -> pl.DataFrame:
    """Each different case once: ``condition``, ``role`` and ``why`` beside the rows."""
    distinct = asked.select(columns).unique(maintain_order=True)
    told = [judge(*row) for row in distinct.iter_rows()]
    schema = {"condition": pl.String, "role": pl.String, "why": pl.String}
    beside = distinct.hstack(pl.DataFrame(told, schema=schema, orient="row"))
    return asked.join(beside, on=columns, how="left", nulls_equal=True, maintain_order="left")


def _rows(judged: pl.DataFrame, rule: str, content: list[str]) -> pl.DataFrame:
    party = (
        pl.when(pl.col("role") == PARENT)
        .then(pl.coalesce("ultimate_parent_name", "org_name"))
        .otherwise("org_name")
    )
    whole = judged.with_columns(party=party, rule=pl.lit(rule))
    return whole.select(
        "account_id", "rule", "party", "role", "condition",
        strength=pl.col("condition").replace_strict(_WEIGHTS, default="weak"),
        evidence=pl.format("{}; uses {}", "why", "used"),
        entry_key=content_keys(whole, ["rule", *content]),
        case=pl.coalesce(pl.format("party:{}", "party"), pl.format("account:{}", "account_id")),
    )  # fmt: skip
