"""Whom a finding is about beside the account: linked accounts, by id, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from detector.findings.finding import Linked
from detector.findings.subjects import ODD_PAYMENT
from detector.words import listing, visible
from features.blocks import Rows
from features.evidence import accepted, confirmed
from features.expressions import promptness
from features.graph import FADES
from features.links.kinds import WORDS
from features.modelnames import tells_model
from features.partners import PAIR_COLUMNS
from features.population import Population
from features.rollups import Rollups

#: Linked accounts that are named; of more the number is told.
NAMED: Final = 2
#: Kinds of identifier that are named of each.
KINDS: Final = 3
_ID: Final = 40
_SAME: Final = 1e-9
_DAY: Final = 86_400.0
TIED: Final = pl.col("tied")
POSTERIOR: Final = pl.col("posterior")


@dataclass(frozen=True)
class Company:
    """Which of an account's linked accounts a feature speaks of.

    Attributes
    ----------
    by
        The largest first.
    among
        Which linked accounts are meant at all.
    alone
        Whether the first is the one it speaks of; else all of them are meant.
    lead
        What stands before them where they are an apposition.
    by_what
        Whether it is said of each by what it is linked.
    """

    by: pl.Expr
    among: pl.Expr = TIED
    alone: bool = True
    lead: str = ":"
    by_what: bool = True


def _moving(measure: str) -> Company:
    value = pl.col(measure) * POSTERIOR
    return Company(value, value > 0.0)


_BITS: Final = pl.col("bits")
_NEAR: Final = Company(pl.col("near"), pl.col("near") > 0.0)
_MADE: Final = pl.col("made_since") / _DAY
RULES: Final[Mapping[str, Company]] = {
    "f11_shared_bits": Company(_BITS, _BITS > 0.0),
    "f11_shared_kinds": Company(_BITS, _BITS > 0.0, alone=False, by_what=False),
    "f11_partners": Company(_BITS, alone=False),
    "f11_group_size": Company(_BITS, alone=False, lead="; tied directly to"),
    "f11_group_density": Company(_BITS, alone=False, lead="; tied directly to"),
    "f11_signed_up_together": Company(-pl.col("apart"), pl.col("apart").is_not_null()),
    "f11_near_confirmed": _NEAR,
    "f11_suspicion": _NEAR,
    "f11_returned": Company(POSTERIOR / (1.0 + _MADE / 30.0), TIED & (_MADE >= 0.0)),
    "f12_starts_together": Company(pl.col("start"), pl.col("start") > 0.0),
    "f12_moves_together": _moving("moves_together"),
    "f12_conserved_demand": _moving("conserved"),
    "f12_succession": _moving("succession"),
    "f12_failover": _moving("failover"),
    "f12_new_model_together": Company(pl.col("pivot"), pl.col("pivot") > 0.0),
    "f14_siblings_pay_alike": Company(pl.col("alike"), pl.col("alike") > 0, alone=False),
    "f14_takes_turns": _moving("takes_turns"),
    "f14_equal_shares": Company(_BITS, alone=False, lead="; tied directly to"),
}
"""The linked accounts that are named, by the feature that speaks of them."""


def company_of(population: Population, asked: pl.DataFrame) -> Mapping[tuple[str, str], Linked]:
    """Who is linked, for each finding that speaks of linked accounts.

    Parameters
    ----------
    population
        All accounts and what ties them.
    asked
        ``account_id``, ``feature`` and ``value`` of findings; those without a rule are passed
        over.

    Returns
    -------
    mapping
        By account and feature; nothing where nobody is to be named.
    """
    wanted = asked.filter(pl.col("feature").is_in(list(RULES)) & (pl.col("value") > 0.0))
    if wanted.is_empty():
        return {}
    found = _named(_ends(population, wanted["account_id"].unique()), wanted, population.rollups)
    kinds = _Kinds.of(population.edges, found)
    return {
        (row["account_id"], row["feature"]): _phrase(RULES[row["feature"]], row, kinds)
        for row in found.iter_rows(named=True)
    }


def linked_to(population: Population, account: str, feature: str, value: float) -> list[str]:
    """All linked accounts that a finding speaks of, in its order."""
    if feature not in RULES or value <= 0.0:
        return []
    asked = pl.DataFrame({"account_id": [account], "feature": [feature], "value": [value]})
    ends = _ends(population, asked["account_id"])
    found = _named(ends, asked, population.rollups, most=ends.height + 1)
    others = [row["others"] + [row["through"]] for row in found.iter_rows(named=True)]
    return [other for row in others for other in row if other is not None]


def _ends(population: Population, ids: pl.Series) -> pl.DataFrame:
    """The linked accounts of some accounts, with all that tells how they are linked."""
    own = [pl.col(end).is_in(ids.implode()) for end in "ab"]
    pairs = population.pairs.filter(own[0] | own[1]).with_columns(tied=accepted())
    moves = population.moves.drop("posterior", "lockstep").with_columns(compared=True)
    known = pairs.join(moves, on=["a", "b"], how="left").with_columns(
        pl.col(PAIR_COLUMNS).fill_null(0.0), pl.col("compared").fill_null(value=False)
    )
    mine_a, mine_b = own
    ends = pl.concat(
        [
            known.filter(mine_a).rename({"a": "account_id", "b": "other"}),
            known.filter(mine_b).rename({"b": "account_id", "a": "other"}),
        ],
        how="diagonal",
    )
    return _with_confirmed(_with_signups(ends, population.rollups), population)


def _with_signups(ends: pl.DataFrame, rollups: Rollups) -> pl.DataFrame:
    """``apart``: seconds between the sign-ups of tied accounts."""
    made = rollups["accounts"].select("account_id", "created_at")
    dated = ends.join(made, on="account_id", how="left").join(
        made.rename({"account_id": "other", "created_at": "other_created"}), on="other", how="left"
    )
    apart = (pl.col("created_at") - pl.col("other_created")).dt.total_seconds().abs()
    return dated.with_columns(apart=pl.when(TIED).then(apart))


def _with_confirmed(ends: pl.DataFrame, population: Population) -> pl.DataFrame:
    """``near`` and ``through``: how near a confirmed account is by this tie, and which it is.

    ``made_since``: seconds from when the other was confirmed to this sign-up.
    """
    seeds = confirmed(population.rollups)
    bad = seeds["account_id"].implode()
    touching = population.pairs.filter(accepted(), pl.col("a").is_in(bad) | pl.col("b").is_in(bad))
    hops = pl.concat(
        [
            touching.filter(pl.col(seed).is_in(bad)).select(
                other=end, through=seed, hop="posterior"
            )
            for seed, end in (("a", "b"), ("b", "a"))
        ]
    )
    best = hops.sort(["hop", "through"], descending=[True, False]).unique("other", keep="first")
    since = (pl.col("created_at") - pl.col("since")).dt.total_seconds()
    direct, open_itself = pl.col("since").is_not_null(), ~pl.col("account_id").is_in(bad)
    return (
        ends.join(seeds.rename({"account_id": "other"}), on="other", how="left")
        .join(best, on="other", how="left")
        .with_columns(
            made_since=since.cast(pl.Float64),
            through=pl.when(~direct).then("through"),
            near=pl.when(TIED & direct).then(POSTERIOR)
            .when(TIED & open_itself).then(POSTERIOR * pl.col("hop") * FADES[1])
            .fill_null(0.0),
        )
    )  # fmt: skip


def _named(
    ends: pl.DataFrame, wanted: pl.DataFrame, rollups: Rollups, most: int = NAMED
) -> pl.DataFrame:
    """Whom each finding names (``others``, ``through``), and how many it is about (``count``)."""
    parts = []
    for (feature,), rows in sorted(wanted.group_by("feature")):
        rule = RULES[str(feature)]
        mine = ends.join(rows.select("account_id", "value"), on="account_id")
        if feature in _PAIRED:
            mine = _PAIRED[str(feature)](mine, rollups)
        parts.append(
            mine.filter(rule.among)
            .with_columns(by=rule.by)
            .sort(["account_id", "by", "other"], descending=[False, True, False])
            .group_by("account_id", maintain_order=True)
            .agg(
                others=pl.col("other").head(1 if rule.alone else most),
                through=pl.col("through").first(),
                count=pl.lit(1) if rule.alone else pl.len(),
            )
            .select(
                "account_id", "others", "through", pl.col("count").cast(pl.Int64),
                feature=pl.lit(feature),
            )
        )  # fmt: skip
    return pl.concat(parts)


def _started(ends: pl.DataFrame, rollups: Rollups) -> pl.DataFrame:
    """``start``, where that is the value: how soon after each other the two began."""
    first = _of_those(ends, _first_use, rollups, "usage", "model")
    return _close(ends, first, ["account_id"], "start")


def _first_use(rollups: Rollups) -> pl.DataFrame:
    charges = rollups["usage"].filter(pl.col("gpu_model").is_not_null() & ~pl.col("idle"))
    seen = [frame.select("account_id", "first") for frame in (rollups["model"], charges)]
    return pl.concat(seen).group_by("account_id").agg(pl.col("first").min())


def _pivoted(ends: pl.DataFrame, rollups: Rollups) -> pl.DataFrame:
    """``pivot``, where that is the value: how soon after each other they took up a model."""
    first = _of_those(ends, _first_calls, rollups, "model")
    return _close(ends, first, ["account_id", "model_id"], "pivot")


def _first_calls(rollups: Rollups) -> pl.DataFrame:
    told = rollups["model"].filter(tells_model(pl.col("model_id")))
    return told.group_by("account_id", "model_id").agg(pl.col("first").min())


def _paying_alike(ends: pl.DataFrame, rollups: Rollups) -> pl.DataFrame:
    """``alike``: payments of odd amounts that a linked account paid too."""
    mine = _of_those(ends, _odd_payments, rollups, "payments")
    pairs = ends.filter("compared").select("account_id", "other").join(mine, on="account_id")
    twins = pairs.join(
        mine.rename({"account_id": "other"}), on=["other", "currency", "amount"], how="semi"
    )
    alike = twins.group_by("account_id", "other").agg(alike=pl.len())
    return ends.join(alike, on=["account_id", "other"], how="left")


def _odd_payments(rollups: Rollups) -> pl.DataFrame:
    paid = rollups.window("payments").filter(ODD_PAYMENT.among)
    return paid.select("account_id", "currency", "amount")


_PAIRED: Final[Mapping[str, Callable[[pl.DataFrame, Rollups], pl.DataFrame]]] = {
    "f12_starts_together": _started,
    "f12_new_model_together": _pivoted,
    "f14_siblings_pay_alike": _paying_alike,
}


def _of_those(
    ends: pl.DataFrame, work: Callable[[Rollups], pl.DataFrame], rollups: Rollups, *names: str
) -> pl.DataFrame:
    """What ``work`` makes of the rows of both ends, a piece of them at a time."""
    ids = pl.concat([ends["account_id"], ends["other"]]).unique()
    return rollups.of_pieces(lambda piece: work(piece.of(ids, *names)), *names)


def _close(ends: pl.DataFrame, first: pl.DataFrame, keys: list[str], name: str) -> pl.DataFrame:
    """``name`` of each linked account: the value where its time gives it, else 0."""
    theirs = first.rename({"account_id": "other", "first": "first_other"})
    dated = ends.join(first, on="account_id").join(theirs, on=["other", *keys[1:]])
    days = (pl.col("first") - pl.col("first_other")).dt.total_seconds().abs() / _DAY
    near = promptness(days) * POSTERIOR
    same = (near - pl.col("value")).abs() < _SAME
    told = dated.with_columns(pl.when(same).then(near).otherwise(0.0).alias(name))
    return told.unique(["account_id", "other", name], keep="first", maintain_order=True)


@dataclass(frozen=True)
class _Kinds:
    """Words of the kinds that pairs share, and that an account shares with anybody."""

    pairs: Mapping[tuple[str, str], list[str]]
    accounts: Mapping[str, list[str]]

    @classmethod
    def of(cls, edges: Rows, found: pl.DataFrame) -> _Kinds:
        """Those of the accounts that are named, the strongest first."""
        about = found["account_id"].unique().implode()
        open_rows = edges.filter(
            ~pl.col("explained"), pl.col("bits") > 0.0,
            pl.col("a").is_in(about) | pl.col("b").is_in(about),
        )  # fmt: skip
        words = pl.col("kind").replace_strict(WORDS, default=pl.col("kind"))
        rows = open_rows.with_columns(words=words).sort(
            ["bits", "kind", "a", "b"], descending=[True, False, False, False]
        )
        ends = pl.concat(
            [rows.select(pl.col(x).alias("own"), pl.col(y).alias("other"), "words")
             for x, y in (("a", "b"), ("b", "a"))]
        ).filter(pl.col("own").is_in(about))  # fmt: skip
        named = found.select(pl.col("account_id").alias("own"), pl.col("others").alias("other"))
        pairs = ends.join(
            named.explode("other").unique(), on=["own", "other"], how="semi", maintain_order="left"
        )
        return cls(_lists(pairs, ["own", "other"]), {k[0]: v for k, v in
                   _lists(ends, ["own"]).items()})  # fmt: skip


def _lists(rows: pl.DataFrame, keys: list[str]) -> dict[Any, list[str]]:
    told = rows.group_by(keys, maintain_order=True).agg(pl.col("words").unique(maintain_order=True))
    return {tuple(row[:-1]): row[-1] for row in told.iter_rows()}


def _phrase(rule: Company, row: Mapping[str, Any], kinds: _Kinds) -> Linked:
    """Who it is, and by what."""
    account = row["account_id"]
    shared = kinds.pairs if rule.by_what else {}
    names = [_with_kinds(other, shared.get((account, other), [])) for other in row["others"]]
    whom = _together(names, row["count"] - len(names))
    if row["through"] is not None and row["feature"] in _CONFIRMED:
        whom = f"account {_id(row['through'])}, through {whom}"
    every = listing(kinds.accounts.get(account, []))
    return Linked(whom, f"{rule.lead} {whom}", f" ({every})" if every else "")


_CONFIRMED: Final = ("f11_near_confirmed", "f11_suspicion")


def _together(names: list[str], left: int) -> str:
    if left:
        names = [*names, "1 other" if left == 1 else f"{left:,} others"]
    many = len(names) > 1
    return f"account{'s' if many else ''} {listing(names)}"


def _with_kinds(other: str, shared: Sequence[str]) -> str:
    by = f" (by a shared {listing(list(shared), KINDS)})" if shared else ""
    return f"{_id(other)}{by}"


def _id(account: str) -> str:
    return visible(account, _ID)
