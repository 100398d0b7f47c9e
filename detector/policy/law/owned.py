"""Rules about ownership: what listed owners, or owners from elsewhere, hold of an account.

The owners of an account are those that its own records tell, and those of the company that
holds it. An ultimate parent without a share is an owner whose share is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from detector.policy.lane import Known
from detector.policy.law.apart import joined, told_apart
from detector.policy.law.decided import Decided
from detector.policy.law.found import EVIDENCE, USE, content_keys, found
from detector.policy.law.listed import missing
from detector.policy.law.parties import OWNER
from detector.policy.law.using import Use
from detector.policy.owners.outcomes import BOUNDS, MINORITY, outcomes
from detector.policy.owners.parties import account_key, folded, with_parties
from detector.policy.owners.shares import current
from detector.policy.ownership import restricted
from detector.policy.packs.calendar import State
from detector.policy.packs.shape import OwnershipRule
from detector.results import PART
from detector.terminal import safe_text
from features.tables import SCHEMAS

UNKNOWN_SHARE: Final = "unknown share"
_ACCOUNT: Final = account_key("")
_NAME: Final = 60
_FORM_OF_PLACE: Final = "place"
#: Names this near that are no match may be the listed party.
_NEAR: Final = ("same", "strong")


@dataclass(frozen=True)
class Owners:
    """The links of a run, and which owners stand on lists.

    Attributes
    ----------
    links
        Rows of ``owners.parties.with_parties`` that hold at as-of, with the owners of each
        account apart (``apart.told_apart``).
    told
        Accounts of which any owner is told, were it one that has left.
    hits
        Hits of owners on lists: ``owner`` (its party), ``code`` (a list, or a program of it),
        ``sure``, ``entry_key``, ``entry_name``, ``source``, ``score``, ``parts``,
        ``file_sha256``; the nearest of each owner and code.
    """

    links: pl.DataFrame
    told: pl.Series
    hits: pl.DataFrame


def owners_of(known: Known, decided: Decided) -> Owners:
    """The owners of all accounts, and which of them are on lists."""
    entities, accounts = known["entity_owners"], known["account_owners"]
    holders = known["accounts"].select(
        "account_id", "org_name", "ultimate_parent_name", "ultimate_parent_hq_country"
    )
    ever = (accounts, _of_holders(holders, entities), _parents(holders))
    told = pl.concat([rows["account_id"] for rows in ever]).unique()
    now = _links(holders, current(entities, known.as_of), current(accounts, known.as_of))
    links = told_apart(now)
    return Owners(links, told, _hits(known, links, decided))


def _links(holders: pl.DataFrame, entities: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    through = _beside(accounts, _of_holders(holders, entities))
    parents = _beside(pl.concat([accounts, through]), _parents(holders))
    return with_parties(entities, pl.concat([accounts, through, parents]))


def _of_holders(holders: pl.DataFrame, entities: pl.DataFrame) -> pl.DataFrame:
    """What is told of the owners of the company that holds an account."""
    named = holders.drop_nulls("org_name").select("account_id", key=folded(pl.col("org_name")))
    held = entities.with_columns(key=folded(pl.col("owned_name"))).join(named, on="key")
    return _as_account_owners(held)


def _parents(holders: pl.DataFrame) -> pl.DataFrame:
    """Ultimate parents, whose share nobody told."""
    told = holders.drop_nulls("ultimate_parent_name").filter(
        folded(pl.col("ultimate_parent_name")).ne_missing(folded(pl.col("org_name")))
    )
    return _as_account_owners(
        told.select(
            "account_id", owner_name="ultimate_parent_name", owner_kind=pl.lit("entity"),
            owner_hq_country="ultimate_parent_hq_country",
        )
    )  # fmt: skip


def _as_account_owners(rows: pl.DataFrame) -> pl.DataFrame:
    empty: pl.DataFrame = SCHEMAS["account_owners"].create_empty()
    nothing = [pl.lit(None).alias(name) for name in empty.columns if name not in rows.columns]
    return rows.with_columns(nothing).select(empty.columns).cast(dict(empty.schema))  # type: ignore[arg-type]


def _beside(rows: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Rows of owners that are not told of the same account already."""
    keys = [pl.col("account_id"), folded(pl.col("owner_name")).alias("owner")]
    return (
        more.with_columns(keys[1]).join(rows.select(keys), on=["account_id", "owner"], how="anti")
        .select(rows.columns)
    )  # fmt: skip


def _hits(known: Known, links: pl.DataFrame, decided: Decided) -> pl.DataFrame:
    """Who of the owners may stand on a list, by list and program."""
    person = pl.col("owner_kind").cast(pl.String).eq_missing(pl.lit("person"))
    owners = links.filter(~person).select(
        party_id="owner", name="owner_name",
        country=pl.coalesce("owner_hq_country", "owner_country"),
        address=pl.lit(None, dtype=pl.String), role=pl.lit(OWNER),
    ).unique(maintain_order=True)  # fmt: skip
    entries = known.lists.entries if known.lists is not None else None
    if entries is None or owners.is_empty():
        return _no_hits()
    hits = decided.without_false(known.screen(owners))
    facts = entries.unique("entry_key").select(
        "entry_key", "mapped", "programs", "addresses", entry_countries="countries"
    )
    listed = hits.filter(pl.col("band").is_in(_NEAR) & (pl.col("alias_kind") != "weak")).join(
        facts, on="entry_key"
    )
    # An entry of which no place is told can agree with none.
    nowhere = (pl.col("entry_countries").list.len() == 0) & (pl.col("addresses").list.len() == 0)
    sure = (
        (pl.col("band") == _NEAR[0]) & pl.col("kind").is_in(["organisation", "unknown"])
        & pl.col("mapped") & (pl.col("country_agrees").fill_null(value=False) | nowhere)
    )  # fmt: skip
    coded = listed.with_columns(
        sure=sure, code=pl.concat_list(pl.col("source"), pl.col("programs"))
    ).explode("code")
    return (
        coded.sort("party_id", "code", "sure", "score", "entry_key",
                   descending=[False, False, True, True, False])
        .unique(["party_id", "code"], keep="first", maintain_order=True)
        .select("code", "sure", "entry_key", "entry_name", "source", "score", "parts",
                "file_sha256", owner="party_id")
    )  # fmt: skip


def _no_hits() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "code": pl.String, "sure": pl.Boolean, "entry_key": pl.String,
            "entry_name": pl.String, "source": pl.String, "score": pl.Int32,
            "parts": pl.List(PART), "file_sha256": pl.String, "owner": pl.String,
        }
    )  # fmt: skip


def on_owners(known: Known, use: Use, owners: Owners) -> pl.DataFrame:
    """Rows of ``FOUND`` for every account that a rule of ownership asks of."""
    frames = []
    for pack, rule in known.packs.rules():
        if isinstance(rule, OwnershipRule):
            state = pack.state(known.as_of, rule.id)
            if state.rules:
                frames.append(_of_rule(known, use, owners, rule, state))
    return found(*frames)


def _of_rule(
    known: Known, use: Use, owners: Owners, rule: OwnershipRule, state: State
) -> pl.DataFrame:
    asked = use.of(rule).with_columns(party_key=_ACCOUNT + pl.col("account_id"))
    if state.form == _FORM_OF_PLACE:
        return _no_owner_counts(asked, rule)
    listed = _restricting(known, owners, rule)
    first = listed.unique("owner", keep="first", maintain_order=True)
    links = joined(owners.links, first)
    judged = _outcomes(links, listed, rule, asked["party_key"])
    hits = first.drop("sure", "code")
    rows = (
        asked.join(judged, left_on="party_key", right_on="party", how="left",
                   maintain_order="left")
        .join(hits, left_on="root", right_on="owner", how="left", maintain_order="left")
        .join(_names(links), left_on="root", right_on="owner", how="left",
              maintain_order="left")
    )  # fmt: skip
    gaps = _gaps(known, owners, rule)
    why_not = pl.col("account_id").replace_strict(
        gaps.accounts, default=gaps.everybody, return_dtype=pl.String
    )
    rows = rows.with_columns(
        told=pl.col("account_id").is_in(owners.told.implode()), why_not=why_not
    ).with_columns(condition=_condition(rule, pl.col("why_not")))
    return _rows(rows, rule)


@dataclass(frozen=True)
class _Gaps:
    """Why what was not found may be there all the same: of everybody, and of some accounts."""

    everybody: str | None
    accounts: Mapping[str, str]


def _gaps(known: Known, owners: Owners, rule: OwnershipRule) -> _Gaps:
    if rule.owners_outside is None:
        if known.lists is None:
            return _Gaps("no lists were there to look owners up in", {})
        gaps = missing(known.lists, known.as_of.date(), known.list_days)
        return _Gaps(gaps[0] if gaps else None, {})
    person = pl.col("owner_kind").cast(pl.String).eq_missing(pl.lit("person"))
    homeless = owners.links.filter(
        pl.col("owned").str.starts_with(_ACCOUNT), ~person, pl.col("owner_hq_country").is_null(),
        pl.col("owner_country").is_null(),
    )  # fmt: skip
    accounts = homeless["owned"].str.strip_prefix(_ACCOUNT).unique().sort()
    return _Gaps(None, dict.fromkeys(accounts, "the headquarters of an owner are not told"))


def _no_owner_counts(asked: pl.DataFrame, rule: OwnershipRule) -> pl.DataFrame:
    return asked.select(
        "account_id", rule=pl.lit(rule.id), role=pl.lit(USE), condition=pl.lit("not_met"),
        strength=pl.lit("weak"), evidence=pl.lit("on that day no owner counted"),
        case=pl.format("account:{}", "account_id"),
    )  # fmt: skip


def _restricting(known: Known, owners: Owners, rule: OwnershipRule) -> pl.DataFrame:
    """Owners that count, surely or perhaps, in the columns of ``Owners.hits``."""
    if rule.owners_outside is None:
        return owners.hits.filter(pl.col("code").is_in(rule.owners_on)).sort(
            "owner", "sure", "score", descending=[False, True, True], maintain_order=True
        )
    pack = known.packs[rule.owners_outside]
    person = pl.col("owner_kind").cast(pl.String).eq_missing(pl.lit("person"))
    seats = owners.links.filter(~person).select(
        "owner", seat="owner_hq_country", country="owner_country"
    ).unique().sort("owner", "seat", "country", nulls_last=True)  # fmt: skip
    placed = seats.with_columns(source=pl.coalesce("seat", "country"))
    members = {
        place: pack.supported(place, known.as_of)
        for place in placed["source"].drop_nulls().unique()
    }
    barred = [place for place, member in members.items() if member.inside is False]
    sure = [place for place in barred if members[place].verified]
    outside = placed.filter(pl.col("source").is_in(barred)).select(
        "owner", "source", sure=pl.col("seat").is_in(sure).fill_null(value=False)
    )
    return pl.concat([_no_hits(), outside], how="diagonal").sort(
        "owner", "sure", descending=[False, True], maintain_order=True
    )


def _outcomes(
    links: pl.DataFrame, listed: pl.DataFrame, rule: OwnershipRule, accounts: pl.Series
) -> pl.DataFrame:
    """What owners make of each account: ``party``, ``outcome``, ``because``, ``root``, words."""
    sure = set(listed.filter("sure")["owner"].to_list())
    perhaps = set(listed["owner"].to_list()) - sure
    strict = rule.compare == ">"
    both = restricted(
        links, sure, rule.limit, strict, perhaps=perhaps, method=rule.method
    )  # fmt: skip
    told = outcomes(both, links, accounts)
    reached = told.filter(pl.col("root").is_not_null())["party"]
    surely = reached
    if perhaps:
        alone = restricted(links, sure, rule.limit, strict, method=rule.method)
        surely = outcomes(alone, links, reached).filter(pl.col("root").is_not_null())["party"]
    return told.select(
        "party", "outcome", "because", "root", "evidence",
        by_name_alone=~pl.col("party").is_in(surely.implode()),
    )  # fmt: skip


def _condition(rule: OwnershipRule, why_not: pl.Expr) -> pl.Expr:
    """The word of ``rules.Condition``; what nobody told is no "not met"."""
    minority = pl.col("because").eq_missing(pl.lit(MINORITY))
    possible = (pl.col("outcome") == "possible") & (~minority | (rule.minority == "inquire"))
    silent = pl.col("outcome").is_null() & ~pl.col("told")
    unsure = silent | (pl.col("outcome") == "unknown") | why_not.is_not_null()
    return (
        pl.when(pl.col("outcome") == "met").then(pl.lit("met"))
        .when(possible & (pl.col("because") == UNKNOWN_SHARE)).then(pl.lit("unknown"))
        .when(possible).then(pl.lit("possible"))
        .when(unsure).then(pl.lit("not_told"))
        .otherwise(pl.lit("not_met"))
    )  # fmt: skip


def _names(links: pl.DataFrame) -> pl.DataFrame:
    return links.group_by("owner").agg(
        root_name=pl.col("owner_name").min(), root_party=pl.col("plain").first()
    )


def _rows(rows: pl.DataFrame, rule: OwnershipRule) -> pl.DataFrame:
    shown = pl.col("condition").is_in(["met", "possible", "unknown"])
    weak = pl.col("by_name_alone").fill_null(value=True) | pl.col("because").eq_missing(
        pl.lit(MINORITY)
    )
    strength = (
        pl.when(pl.col("condition") == "met").then(pl.lit("strong"))
        .when(shown & ~weak).then(pl.lit("medium"))
        .otherwise(pl.lit("weak"))
    )  # fmt: skip
    whole = rows.with_columns(
        rule=pl.lit(rule.id), strength=strength,
        evidence=pl.Series(
            [_evidence(row, rule) for row in rows.iter_rows(named=True)], dtype=pl.String
        ),
    )  # fmt: skip
    own = content_keys(whole, ["rule", "root_name", "source"])
    return whole.select(
        "account_id", "rule", "condition", "strength", "evidence", "entry_name",
        "score", "parts",
        party=pl.when(shown).then("root_name"), role=pl.when(shown).then(pl.lit(OWNER))
        .otherwise(pl.lit(USE)),
        source=pl.when(shown).then("source"),
        entry_key=pl.when(shown).then(pl.coalesce("entry_key", own)),
        list_sha256="file_sha256",
        case=pl.when(shown).then(pl.format("owner:{}", "root_party"))
        .otherwise(pl.format("account:{}", "account_id")),
    )  # fmt: skip


def _evidence(row: Mapping[str, object], rule: OwnershipRule) -> str:
    if row["condition"] in ("met", "possible", "unknown"):
        owner = safe_text(row["root_name"], limit=_NAME)
        where = (
            f"{owner} has its headquarters in {row['source']}, outside {rule.owners_outside}"
            if rule.owners_outside
            else f"{owner} on {row['source']}"
        )
        return safe_text(f"{row['evidence']}; {where}", limit=EVIDENCE)
    if row["why_not"]:
        return safe_text(row["why_not"], limit=EVIDENCE)
    if not row["told"]:
        return "nobody told who owns it"
    if row["outcome"] == "unknown":
        return safe_text(row["evidence"], limit=EVIDENCE)
    return "owners told; none of those that count holds enough"


__all__ = ["BOUNDS", "UNKNOWN_SHARE", "Owners", "on_owners", "owners_of"]
