"""Rules about ownership: what listed owners, or owners from elsewhere, hold of an account.

Owners and which of them are on lists: ``links``. What holds for certain and what may hold:
``detector.policy.ownership``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from detector.policy.lane import Known
from detector.policy.law.apart import joined
from detector.policy.law.found import EVIDENCE, USE, content_keys, found
from detector.policy.law.links import ACCOUNT, Owners, no_hits
from detector.policy.law.listed import gaps
from detector.policy.law.parties import OWNER
from detector.policy.law.using import Use
from detector.policy.owners.outcomes import MINORITY, UNKNOWN_SHARE, outcomes
from detector.policy.ownership import restricted
from detector.policy.packs.calendar import State
from detector.policy.packs.shape import OwnershipRule
from detector.terminal import safe_text

_NAME: Final = 60
_FORM_OF_PLACE: Final = "place"


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
    asked = use.of(rule).with_columns(party_key=ACCOUNT + pl.col("account_id"))
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
    lacking = _gaps(known, owners, rule)
    why_not = pl.col("account_id").replace_strict(
        lacking.accounts, default=lacking.everybody, return_dtype=pl.String
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
        told = gaps(known)
        return _Gaps(told[0] if told else None, {})
    person = pl.col("owner_kind").cast(pl.String).eq_missing(pl.lit("person"))
    homeless = owners.links.filter(
        pl.col("owned").str.starts_with(ACCOUNT), ~person, pl.col("owner_hq_country").is_null(),
        pl.col("owner_country").is_null(),
    )  # fmt: skip
    accounts = homeless["owned"].str.strip_prefix(ACCOUNT).unique().sort()
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
    return pl.concat([no_hits(), outside], how="diagonal").sort(
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
        "party", "outcome", "because", "root", "held", "evidence",
        by_name_alone=~pl.col("party").is_in(surely.implode()),
    )  # fmt: skip


def _condition(rule: OwnershipRule, why_not: pl.Expr) -> pl.Expr:
    """The word of ``rules.Condition``; what nobody told is no "not met"."""
    minority = pl.col("because").eq_missing(pl.lit(MINORITY))
    possible = (pl.col("outcome") == "possible") & (~minority | (rule.minority == "inquire"))
    silent = pl.col("outcome").is_null() & ~pl.col("told")
    # What lists cannot tell is not known, whatever the state of the rule.
    unread = why_not.is_not_null() & (rule.owners_outside is None)
    unsure = silent | (pl.col("outcome") == "unknown") | why_not.is_not_null()
    return (
        pl.when(pl.col("outcome") == "met").then(pl.lit("met"))
        .when(possible & (pl.col("because") == UNKNOWN_SHARE)).then(pl.lit("unknown"))
        .when(possible).then(pl.lit("possible"))
        .when(unread).then(pl.lit("not_screened"))
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
    texts = pl.DataFrame(
        [_texts(row, rule) for row in rows.iter_rows(named=True)],
        schema={"told_why": pl.String, "bare": pl.String}, orient="row",
    )  # fmt: skip
    whole = rows.hstack(texts).with_columns(rule=pl.lit(rule.id), strength=strength)
    own = content_keys(whole, ["rule", "root_name", "source"])
    return whole.select(
        "account_id", "rule", "condition", "strength", "bare", "entry_name", "score", "parts",
        evidence="told_why",
        party=pl.when(shown).then("root_name"), role=pl.when(shown).then(pl.lit(OWNER))
        .otherwise(pl.lit(USE)),
        source=pl.when(shown).then("source"),
        entry_key=pl.when(shown).then(pl.coalesce("entry_key", own)),
        list_sha256="file_sha256",
        case=pl.when(shown).then(pl.format("owner:{}", "root_party"))
        .otherwise(pl.format("account:{}", "account_id")),
    )  # fmt: skip


def _texts(row: Mapping[str, Any], rule: OwnershipRule) -> tuple[str, str]:
    """Why, with names and without."""
    if row["condition"] in ("met", "possible", "unknown"):
        owner = safe_text(row["root_name"], limit=_NAME)
        if rule.owners_outside:
            seat = f"headquarters in {row['source']}, outside {rule.owners_outside}"
            named, bare = f"{owner} has {seat}", f"an owner has {seat}"
        else:
            named, bare = f"{owner} on {row['source']}", f"an owner on {row['source']}"
        chain = _end_of(row["evidence"], EVIDENCE - len(named) - 2)
        return (
            safe_text(f"{chain}; {named}", limit=EVIDENCE),
            safe_text(f"{row['held']}; {bare}", limit=EVIDENCE),
        )
    why = _why_not(row)
    return why, why


def _end_of(chain: str, room: int) -> str:
    """The last links of a chain and what is held: they say what counts, whole words of them."""
    if len(chain) <= room:
        return chain
    return f"... {chain[len(chain) - room + 4 :].partition(' ')[2]}"


def _why_not(row: Mapping[str, Any]) -> str:
    if row["why_not"]:
        return safe_text(row["why_not"], limit=EVIDENCE)
    if not row["told"]:
        return "nobody told who owns it"
    if row["outcome"] == "unknown":
        return safe_text(row["evidence"], limit=EVIDENCE)
    return "owners told; none of those that count holds enough"
