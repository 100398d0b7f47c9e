"""Evidence that two accounts have one operator: rare identifiers, weighed in bits.

Evidence is counted after Fellegi and Sunter (1969, doi:10.1080/01621459.1969.10501049): an
identifier of kind ``k`` held by ``d`` of ``N`` accounts and shared by two of them is worth
``log2(m_k / u)`` bits with ``u = (d - 1) / N``; ``m_k`` is how often accounts of one operator
share that kind. Bits fade with the time between the two uses (half-life by kind). Kinds are
independent witnesses, so a pair keeps the best identifier of each kind and adds the kinds
up. The posterior is ``p = 1 / (1 + N/k * 2^-bits)``.

Identifiers on many accounts (carrier NAT, a campus, a formation agent's address) are worth
nothing: beyond ``MAX_DEGREE`` holders they make no edge at all.

Bits alone tie nobody. A pair is one operator's (``accepted``) where it also shares what only its
owner can present, or two kinds that come from two things, or one kind and a coincidence
(``features.coincidences``): a rare thing may be shared by strangers, who then share nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from features.blocks import Keep, Rows
from features.decided import UNRESOLVED, appealed, decided
from features.explained import Declared
from features.grouping import compact, group, in_blocks, is_among, key_hash, recurring
from features.links.kinds import (
    AGREEMENT,
    HALF_LIFE_DAYS,
    MAIN_SHARE,
    OBSERVED,
    OWNED_KINDS,
    SECONDING_KINDS,
    THING,
)
from features.rollups import Rollups

MAX_DEGREE: Final = 64
# Accounts that one operator is expected to hold: the prior is PARTNERS / N.
PARTNERS: Final = 10
ACCEPT: Final = 0.5
# What evidence is worth between customers of one partner: agencies and distributors register
# with one, and hand the same things to all of theirs.
OF_ONE_PARTNER: Final = 0.5
# The rollups that identifiers come from.
SHOWN_IN: Final = ("distinct", "payments", "templates", "links")
_VALUE: Final = ["kind", "value"]
_COLUMNS: Final = ["account_id", "kind", "value", "first", "last"]

EDGE_SCHEMA: Final = pl.Schema(
    {"a": pl.String(), "b": pl.String(), "kind": pl.String(), "value": pl.String(),
     "holders": pl.Int64(), "bits": pl.Float64(), "explained": pl.Boolean()}
)  # fmt: skip


def sightings(rollups: Rollups) -> pl.DataFrame:
    """Every identifier that may link accounts, from all tables, with its account and times."""
    observed = (
        rollups["distinct"]
        .filter(pl.col("kind").is_in(list(OBSERVED)))
        .with_columns(pl.col("kind").replace_strict(OBSERVED, return_dtype=pl.String))
        .filter(_is_own())
    )
    paid = rollups["payments"].filter(pl.col("instrument_hash").is_not_null())
    templates = rollups["templates"].with_columns(
        kind=pl.lit("template"), value=pl.format("{}:{}", "band", "value")
    )
    instruments = paid.select(
        "account_id", kind=pl.lit("payment"), value="instrument_hash", first="time", last="time"
    )
    return pl.concat(
        [rollups["links"].select(_COLUMNS), observed.select(_COLUMNS), instruments,
         templates.select(_COLUMNS)]
    )  # fmt: skip


def shown_by(rollups: Rollups, ids: pl.Series) -> Rollups:
    """The rollups of sightings, those of some accounts alone."""
    return rollups.of(ids, *SHOWN_IN)


def _is_own() -> pl.Expr:
    """Whether a value is often enough seen with the account to be its own."""
    least = pl.col("kind").replace_strict(MAIN_SHARE, default=0.0, return_dtype=pl.Float64)
    return pl.col("n") >= least * pl.col("n").sum().over("account_id", "kind")


@dataclass(frozen=True)
class Shared:
    """What several accounts hold.

    Attributes
    ----------
    rows
        ``account_id``, ``kind``, ``value``, ``first``, ``last``, ``holders`` (2 to ``MAX_DEGREE``)
        and the number of the ``identifier``, one row per account and identifier, sorted by
        ``account_id``.
    holding
        How many accounts hold any identifier.
    """

    rows: pl.DataFrame
    holding: int

    def among(self, records: pl.DataFrame) -> int:
        """``N`` of the weights: the accounts on record, or those that hold anything if more."""
        return max(records.height, self.holding, 2)


def shared_identifiers(rollups: Rollups) -> Shared:
    """What several accounts hold, by account.

    Most identifiers are seen once and link nobody; they go first, by a hash.
    """
    again = recurring(_once(seen) for seen in _sighted(rollups))
    parts, common, holding = [], [], 0
    for seen in _sighted(rollups):
        holding += seen["account_id"].n_unique()
        few, many = _few_holders(seen.filter(is_among(_hashes(seen), again)))
        parts.append(few)
        common.append(many)
    known = pl.concat(parts).join(pl.concat(common).unique(), on=_VALUE, how="anti")
    # Where two hashes are alike by chance, a row too many is here, and has one holder.
    return Shared(_held_by_few(known), holding)


def holders_of(rollups: Rollups, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Those rows of ``shared_identifiers`` that are of some identifiers (``kind``, ``value``)."""
    seen = sightings(_showing(rollups, identifiers["value"]))
    few, _ = _few_holders(seen.join(identifiers, on=_VALUE, how="semi"))
    return _held_by_few(few)


def _showing(rollups: Rollups, values: pl.Series) -> Rollups:
    """The rows in which values may be seen; of what is observed, all of those accounts."""
    distinct, wanted = rollups["distinct"], values.implode()
    seen = distinct.filter(pl.col("value").is_in(wanted) & pl.col("kind").is_in(list(OBSERVED)))
    banded = values.str.replace(r"^-?\d+:", "").implode()
    frames = {
        "distinct": distinct.filter(pl.col("account_id").is_in(seen["account_id"].implode())),
        "payments": rollups["payments"].filter(pl.col("instrument_hash").is_in(wanted)),
        "templates": rollups["templates"].filter(pl.col("value").is_in(banded)),
        "links": rollups["links"].filter(pl.col("value").is_in(wanted)),
    }
    return replace(rollups, frames={**rollups.frames, **frames})


def _held_by_few(known: pl.DataFrame) -> pl.DataFrame:
    """``Shared.rows`` of each account's identifiers."""
    holders = known.group_by(_VALUE).agg(pl.len().cast(pl.Int64).alias("holders"))
    few = holders.filter(pl.col("holders").is_between(2, MAX_DEGREE)).with_row_index("identifier")
    return known.join(few, on=_VALUE).sort("account_id")


def identifiers_of(rollups: Rollups, ids: pl.Series) -> pl.DataFrame:
    """What some accounts hold, however many hold it: as ``_COLUMNS``, each identifier once."""
    return _each_once(sightings(shown_by(rollups, ids))).select(_COLUMNS)


def _few_holders(seen: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Each account's identifiers but those that too many hold already; and these."""
    own = _each_once(seen)
    many = own.group_by(_VALUE).len().filter(pl.col("len") > MAX_DEGREE).select(_VALUE)
    return compact(own.join(many, on=_VALUE, how="anti")), compact(many)


def _each_once(seen: pl.DataFrame) -> pl.DataFrame:
    ends = [pl.col("first").min(), pl.col("last").max()]
    return group(seen, [*_VALUE, "account_id"], ends)


def _sighted(rollups: Rollups) -> Iterator[pl.DataFrame]:
    """Sightings, piece by piece."""
    return (sightings(piece) for piece in rollups.pieces(*SHOWN_IN))


def _hashes(seen: pl.DataFrame) -> pl.Series:
    return seen.select(key_hash(_VALUE, seed=0)).to_series()


def _once(seen: pl.DataFrame) -> pl.Series:
    """The hash of each identifier, once for each account that holds it."""
    return seen.select("account_id", hash=key_hash(_VALUE, seed=0)).unique()["hash"]


def edges(rollups: Rollups, payers: pl.DataFrame, keep: Keep = pl.concat) -> Rows:
    """Pairs of accounts and the identifier of each kind that links them best.

    ``payers`` are ``account_id`` and ``payer_id`` of all charges; no two blocks of what is kept
    share an ``a``.

    Returns
    -------
    Rows
        ``EDGE_SCHEMA``: ``a < b``, kind, value, number of holders, bits of evidence, and
        whether a declaration (same payer, same organisation, declared resale) explains it;
        sorted by ``a``, ``b`` and kind. Between customers of one partner evidence is worth less.
    """
    return edges_of(shared_identifiers(rollups), rollups["accounts"], payers, keep)


def edges_of(
    held: Shared, records: pl.DataFrame, payers: pl.DataFrame, keep: Keep = pl.concat
) -> Rows:
    """``edges`` of what several accounts hold; of some accounts alone, those between them."""
    shared, accounts = held.rows, held.among(records)
    declared = Declared.of(records, payers)
    others = shared.select("identifier", "first", "last", account_id_b="account_id")
    # All pairs of an account stand in one block, so that a pair's kinds are there together.
    return keep(
        _told(_best(_weighed(block, others, accounts)), declared)
        for block in in_blocks(shared, ["account_id"], pl.col("holders"))
    )


def _weighed(block: pl.DataFrame, others: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """All pairs of accounts of a block with later ones, and what each identifier is worth."""
    together = (
        block.join(others, on="identifier", suffix="_b")
        .filter(pl.col("account_id") < pl.col("account_id_b"))
        .rename({"account_id": "a", "account_id_b": "b"})
    )
    chance = (pl.col("holders") - 1) / accounts
    agreement = pl.col("kind").replace_strict(AGREEMENT, return_dtype=pl.Float64)
    return together.with_columns(
        bits=(agreement / chance).log(2.0).clip(lower_bound=0.0) * _fading()
    )


def _best(weighed: pl.DataFrame) -> pl.DataFrame:
    """The best identifier of each kind of each pair that has more than seconding ones."""
    return (
        weighed.sort(
            ["a", "b", "kind", "bits", "holders", "value"],
            descending=[False, False, False, True, False, False],
        )
        .unique(["a", "b", "kind"], keep="first", maintain_order=True)
        .filter(~_is_seconding() | (~_is_seconding() & (pl.col("bits") > 0)).any().over("a", "b"))
    )


def _told(best: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    """Edges, worth less between customers of one partner; whether a declaration explains them."""
    ends = best.select("a", "b").unique()
    worth = declared.of_one_partner(ends).with_columns(worth=pl.lit(OF_ONE_PARTNER))
    open_pairs = declared.explaining(ends).with_columns(explained=pl.lit(True))
    for told in (worth, open_pairs):
        best = best.join(told, on=["a", "b"], how="left", maintain_order="left")
    return best.with_columns(
        pl.col("bits") * pl.col("worth").fill_null(1.0), pl.col("explained").fill_null(False)
    ).select(list(EDGE_SCHEMA))


def _is_seconding() -> pl.Expr:
    return pl.col("kind").is_in(SECONDING_KINDS)


def _fading() -> pl.Expr:
    """1 where the two uses overlap in time, halved with each half-life between them."""
    apart = pl.max_horizontal(
        pl.col("first") - pl.col("last_b"), pl.col("first_b") - pl.col("last")
    )
    days = apart.dt.total_seconds().clip(lower_bound=0) / 86_400.0
    life = pl.col("kind").replace_strict(HALF_LIFE_DAYS, return_dtype=pl.Float64)
    return pl.lit(0.5).pow(days / life)


def pairs(edge_rows: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """Unexplained pairs with bits added up over kinds and their posterior.

    Returns
    -------
    pl.DataFrame
        ``a``, ``b``, ``bits``, ``kinds``, ``firm`` (whether the kinds suffice: one that only its
        owner can present, or two that come from two things), ``posterior``, sorted by ``a`` and
        ``b``.
    """
    odds = accounts / PARTNERS
    counts = pl.col("bits") > 0
    owned = (pl.col("kind").is_in(OWNED_KINDS) & counts).any()
    thing = pl.col("kind").replace_strict(THING, return_dtype=pl.Int64).filter(counts)
    return (
        edge_rows.filter(~pl.col("explained"))
        .sort("a", "b", "kind")
        .group_by("a", "b", maintain_order=True)
        .agg(
            pl.col("bits").sum(),
            counts.sum().cast(pl.Int64).alias("kinds"),
            (owned | (thing.n_unique() > 1)).alias("firm"),
        )
        .with_columns(posterior=1.0 / (1.0 + odds * (2.0 ** -pl.col("bits"))))
    )


def accepted() -> pl.Expr:
    """Whether a pair is taken for one operator's: it ties a ring, and each end has a partner.

    Of a pair with evidence of one kind alone, which others can present too, a coincidence has to
    say the same.
    """
    return (pl.col("posterior") >= ACCEPT) & (pl.col("firm") | pl.col("coincident"))


def confirmed(rollups: Rollups) -> pl.DataFrame:
    """Accounts known to be bad at as-of, with the time ``since`` when that was known.

    Confirmed by review, or closed for it, unless a later clearing or an upheld appeal says
    otherwise.
    """
    # A review that came to nothing takes no confirmation back.
    latest = decided(rollups["labels"].filter(pl.col("decision") != UNRESOLVED)).lazy()
    proxies = latest.filter(pl.col("decision") == "confirmed_proxy")
    closed = (
        rollups["accounts"]
        .lazy()
        .filter(pl.col("close_reason").is_in(["policy", "restricted_party"]).fill_null(False))
    )
    cleared = latest.filter(pl.col("decision") == "cleared")
    found = pl.concat(
        [
            proxies.select("account_id", since="decided_at"),
            closed.select("account_id", since="closed_at"),
        ]
    )
    return (
        found.join(appealed(rollups).lazy(), on="account_id", how="left")
        .filter((pl.col("since") > pl.col("heard_at")).fill_null(True))
        .group_by("account_id")
        .agg(pl.col("since").min())
        .join(cleared, on="account_id", how="anti")
        .sort("account_id")
        .collect()
    )


def evidence_path(edge_rows: pl.DataFrame, rollups: Rollups, account: str) -> pl.DataFrame:
    """Why an account is linked: every unexplained identifier it shares, strongest first.

    Parameters
    ----------
    edge_rows
        ``edges`` of the rollups.

    Returns
    -------
    pl.DataFrame
        ``other``, ``kind``, ``value``, ``holders``, ``bits``, ``posterior`` of the pair and
        ``other_confirmed``; empty where every linkage feature of the account is zero.
    """
    rows = edge_rows.filter(~pl.col("explained") & (pl.col("bits") > 0))
    own = pl.concat(
        [
            rows.filter(pl.col("a") == account).rename({"b": "other"}).drop("a"),
            rows.filter(pl.col("b") == account).rename({"a": "other"}).drop("b"),
        ]
    )
    accounts = max(rollups["accounts"].height, 2)
    weighed = own.select("other", "bits").group_by("other").agg(pl.col("bits").sum())
    odds = accounts / PARTNERS
    posterior = weighed.select("other", posterior=1.0 / (1.0 + odds * (2.0 ** -pl.col("bits"))))
    bad = confirmed(rollups)["account_id"].implode()
    return (
        own.join(posterior, on="other")
        .with_columns(other_confirmed=pl.col("other").is_in(bad))
        .select("other", "kind", "value", "holders", "bits", "posterior", "other_confirmed")
        .sort(["posterior", "bits", "other", "kind"], descending=[True, True, False, False])
    )
