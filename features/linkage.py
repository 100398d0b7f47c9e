"""F11, linkage: rare identifiers that accounts share and that no declaration explains.

Evidence is counted in bits after Fellegi and Sunter (1969, doi:10.1080/01621459.1969.10501049):
an identifier of kind ``k`` held by ``d`` of ``N`` accounts and shared by two of them is worth
``log2(m_k / u)`` bits with ``u = (d - 1) / N``; ``m_k`` is how often accounts of one operator
share that kind. Kinds are independent witnesses, so a pair keeps the best identifier of each
kind and adds the kinds up. The posterior is ``p = 1 / (1 + N/k * 2^-bits)``.

Identifiers on many accounts (carrier NAT, a campus, a formation agent's address) are worth
nothing: beyond ``MAX_DEGREE`` holders they make no edge at all.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from features.registry import Family
from features.rollups import Rollups

MAX_DEGREE: Final = 64
# Accounts that one operator is expected to hold: the prior is PARTNERS / N.
PARTNERS: Final = 10
ACCEPT: Final = 0.5
AGREEMENT: Final = {
    "payment": 0.5, "email": 0.3, "phone": 0.4, "device": 0.4, "ip": 0.1, "ssh_key": 0.4,
    "access_key": 0.4, "image": 0.3, "tax_id": 0.5, "address": 0.2, "form_text": 0.3,
    "referral": 0.1,
}  # fmt: skip
# Identifiers that events and payments carry, under the names of the linkage table.
OBSERVED: Final = {
    "device": "device", "ssh_key": "ssh_key", "image": "image", "ip": "ip",
    "credential": "access_key",
}  # fmt: skip

EDGE_SCHEMA: Final = pl.Schema(
    {"a": pl.String(), "b": pl.String(), "kind": pl.String(), "value": pl.String(),
     "holders": pl.Int64(), "bits": pl.Float64(), "explained": pl.Boolean()}
)  # fmt: skip


def identifiers(rollups: Rollups) -> pl.DataFrame:
    """Every (account, kind, value) that may link accounts, from all tables, once each."""
    observed = (
        rollups["distinct"]
        .filter(pl.col("kind").is_in(list(OBSERVED)))
        .with_columns(pl.col("kind").replace_strict(OBSERVED, return_dtype=pl.String))
    )
    paid = rollups["payments"].filter(pl.col("instrument_hash").is_not_null())
    columns = ["account_id", "kind", "value"]
    return pl.concat(
        [
            rollups["links"].select(columns),
            observed.select(columns),
            paid.select("account_id", kind=pl.lit("payment"), value="instrument_hash"),
        ]
    ).unique()


def edges(rollups: Rollups) -> pl.DataFrame:
    """Pairs of accounts and the identifier of each kind that links them best.

    Returns
    -------
    pl.DataFrame
        ``EDGE_SCHEMA``: ``a < b``, kind, value, number of holders, bits of evidence, and
        whether a declaration (same payer, same organisation, declared resale) explains it.
    """
    known = identifiers(rollups)
    accounts = max(rollups["accounts"].height, known["account_id"].n_unique(), 2)
    holders = known.group_by("kind", "value").agg(pl.len().cast(pl.Int64).alias("holders"))
    shared = known.join(
        holders.filter(pl.col("holders").is_between(2, MAX_DEGREE)), on=["kind", "value"]
    )
    pairs = (
        shared.join(shared.drop("holders"), on=["kind", "value"], suffix="_b")
        .filter(pl.col("account_id") < pl.col("account_id_b"))
        .rename({"account_id": "a", "account_id_b": "b"})
        .sort("a", "b", "kind", "holders", "value")
        .unique(["a", "b", "kind"], keep="first", maintain_order=True)
    )
    chance = (pl.col("holders") - 1) / accounts
    agreement = pl.col("kind").replace_strict(AGREEMENT, return_dtype=pl.Float64)
    weighed = pairs.with_columns(bits=(agreement / chance).log(2.0).clip(lower_bound=0.0))
    return _explain(weighed, rollups).select(list(EDGE_SCHEMA))


def _explain(pairs: pl.DataFrame, rollups: Rollups) -> pl.DataFrame:
    """Mark pairs that a declaration explains."""
    payer = (
        rollups["usage"]
        .select("account_id", "payer_id")
        .unique()
        .sort("account_id", "payer_id")
        .unique("account_id", keep="first", maintain_order=True)
    )
    facts = (
        rollups["accounts"]
        .select(
            "account_id",
            "organisation_id",
            "payer_account_id",
            pl.col("declared_reseller").fill_null(False).alias("declares"),
        )
        .join(payer, on="account_id", how="full", coalesce=True)
        .with_columns(
            payer=pl.coalesce("payer_account_id", "payer_id"),
            declares=pl.col("declares").fill_null(False),
        )
        .select("account_id", "organisation_id", "payer", "declares")
    )
    joined = pairs.join(facts, left_on="a", right_on="account_id", how="left").join(
        facts, left_on="b", right_on="account_id", how="left", suffix="_b"
    )
    same_payer = pl.col("payer") == pl.col("payer_b")
    same_organisation = pl.col("organisation_id") == pl.col("organisation_id_b")
    explained = (
        same_payer.fill_null(False)
        | same_organisation.fill_null(False)
        | pl.col("declares").fill_null(False)
        | pl.col("declares_b").fill_null(False)
    )
    return joined.with_columns(explained=explained).sort("a", "b", "kind")


def pairs(edge_rows: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """Unexplained pairs with bits added up over kinds and their posterior."""
    odds = accounts / PARTNERS
    return (
        edge_rows.filter(~pl.col("explained"))
        .sort("a", "b", "kind")
        .group_by("a", "b", maintain_order=True)
        .agg(pl.col("bits").sum(), pl.len().cast(pl.Int64).alias("kinds"))
        .with_columns(posterior=1.0 / (1.0 + odds * (2.0 ** -pl.col("bits"))))
    )


def components(linked: pl.DataFrame) -> pl.DataFrame:
    """Connected components of accepted pairs.

    Returns
    -------
    pl.DataFrame
        ``account_id`` and ``component``: the smallest account id of the component.
    """
    kept = linked.filter(pl.col("posterior") >= ACCEPT)
    ids = pl.concat([kept["a"], kept["b"]]).unique().sort()
    if ids.is_empty():
        return pl.DataFrame(schema={"account_id": pl.String, "component": pl.String})
    graph = _graph(kept, ids, np.ones(kept.height))
    labels = connected_components(graph, directed=False)[1]
    found = pl.DataFrame({"account_id": ids, "label": labels})
    return found.select("account_id", pl.col("account_id").min().over("label").alias("component"))


def _graph(linked: pl.DataFrame, ids: pl.Series, weights: np.ndarray) -> csr_array:
    rows = ids.search_sorted(linked["a"]).to_numpy()
    columns = ids.search_sorted(linked["b"]).to_numpy()
    return csr_array((weights, (rows, columns)), shape=(ids.len(), ids.len()))


def confirmed(rollups: Rollups) -> pl.DataFrame:
    """Accounts known to be bad at as-of: confirmed by review, or closed for it, no appeal upheld."""
    decided = rollups["labels"].filter(pl.col("decision") == "confirmed_proxy")
    closed = rollups["accounts"].filter(
        pl.col("close_reason").is_in(["policy", "restricted_party"]).fill_null(False)
    )
    cleared = rollups["accounts"].filter(pl.col("appeal_upheld_at").is_not_null())
    return (
        pl.concat([decided.select("account_id"), closed.select("account_id")])
        .unique()
        .join(cleared, on="account_id", how="anti")
        .sort("account_id")
    )


def nearness(linked: pl.DataFrame, seeds: pl.DataFrame) -> pl.DataFrame:
    """Probability of the best evidence path from each account to a confirmed one.

    A path's probability is the product of its pairs' posteriors: Dijkstra on ``-log p``.
    An account's own decision never feeds its own value: a confirmed account is near only
    through its direct pairs with other confirmed accounts.
    """
    kept = linked.filter(pl.col("posterior") > 0.01)
    ids = pl.concat([kept["a"], kept["b"]]).unique().sort()
    known = ids.is_in(seeds["account_id"].implode())
    if ids.is_empty() or not known.any():
        return pl.DataFrame(schema={"account_id": pl.String, "nearness": pl.Float64})
    cost = -np.log(np.minimum(kept["posterior"].to_numpy(), 1.0 - 1e-9))
    graph = _graph(kept, ids, cost)
    starts = np.flatnonzero(known.to_numpy())
    distance = dijkstra(graph, directed=False, indices=starts, min_only=True, limit=5.0)
    near = pl.DataFrame({"account_id": ids, "nearness": np.exp(-distance)})
    both = pl.concat(
        [kept.select(account_id="a", other="b", nearness="posterior"),
         kept.select(account_id="b", other="a", nearness="posterior")]
    )  # fmt: skip
    own = both.join(seeds, on="account_id", how="semi").join(
        seeds.rename({"account_id": "other"}), on="other", how="semi"
    )
    direct = own.group_by("account_id").agg(pl.col("nearness").max())
    return pl.concat([near.join(seeds, on="account_id", how="anti"), direct]).sort("account_id")


def base(rollups: Rollups) -> pl.DataFrame:
    """Unexplained links of each account; ``rollups['edges']`` must be there."""
    rows = rollups["edges"]
    accounts = rollups["accounts"].height
    linked = pairs(rows, max(accounts, 2))
    ends = pl.concat(
        [linked.select(pl.col(end).alias("account_id"), "bits", "posterior") for end in "ab"]
    )
    best = ends.group_by("account_id").agg(
        pl.col("bits").max(),
        (pl.col("posterior") >= ACCEPT).sum().cast(pl.Int64).alias("partners"),
    )
    open_rows = rows.filter(~pl.col("explained"))
    kinds = (
        pl.concat([open_rows.select(pl.col(end).alias("account_id"), "kind") for end in "ab"])
        .group_by("account_id")
        .agg(pl.col("kind").n_unique().cast(pl.Int64).alias("kinds"))
    )
    near = nearness(linked, confirmed(rollups))
    return (
        best.join(kinds, on="account_id", how="left")
        .join(near, on="account_id", how="left")
        .sort("account_id")
    )


FAMILY = Family("F11", base)
_LINKS = ("account_links",)


@FAMILY.feature(unit="bits", direction=1, inputs=_LINKS, typologies=("T03", "T08", "T16"))
def f11_shared_bits() -> pl.Expr:
    """Weight of rare identifiers shared with one other account, unexplained by a declaration."""
    return pl.col("bits")


@FAMILY.feature(unit="kinds", direction=1, inputs=_LINKS, typologies=("T03", "T08", "T16"))
def f11_shared_kinds() -> pl.Expr:
    """Different kinds of rare identifier shared with accounts of undeclared connection."""
    return pl.col("kinds")


@FAMILY.feature(unit="log(1+accounts)", direction=1, inputs=_LINKS, typologies=("T03", "T04"))
def f11_partners() -> pl.Expr:
    """Accounts that rare identifiers tie to this one without a declaration."""
    return pl.col("partners").log1p()


@FAMILY.feature(
    unit="probability", direction=1, inputs=("account_links", "labels"), typologies=("T16", "T03"),
    bounds=(0, 1),
)  # fmt: skip
def f11_near_confirmed() -> pl.Expr:
    """Rare identifiers lead from this account to one confirmed as proxy access."""
    return pl.col("nearness")
