"""Which queue an account goes to: decided or closed, victim, other, proxy, policy, none."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.results.words import QUEUES, SETTLED
from features.decided import decided, spared
from features.evidence import accepted
from features.population import Population

# Feature values that the two queues beside proxy access read.
SIGNS: Final = (
    "f05_model_recon", "f05_sudden_models", "f05_operator_break", "f05_change_burst",
    "f06_two_places_at_once", "f06_new_networks", "f06_failed_logins", "f06_places_per_day",
    "f08_mining_share", "f02_money_back_share",
)  # fmt: skip
#: Shares from which device-hours that look like mining, and money taken back, are another wrong.
MINING: Final = 0.5
MONEY_BACK: Final = 0.2
# Tail p-value from which an account is looked at for another wrong than proxy access.
NOTICED: Final = 0.05


def account_facts(population: Population, accounts: pl.DataFrame) -> pl.DataFrame:
    """What counter-evidence and queues ask about each account, in the order of ``accounts``.

    ``accounts`` is the feature table: ``account_id`` and at least ``SIGNS``. ``spared`` says
    that an upheld appeal holds: and no tie of a new kind has come since.
    """
    rollups = population.rollups
    facts = rollups["accounts"]
    size = facts.group_by("organisation_id").agg(pl.len().alias("organisation_size"))
    moment = pl.lit(rollups.as_of)
    lasting = pl.col("expires_at").is_null() | (pl.col("expires_at") > moment)
    latest = decided(rollups["labels"]).filter(lasting).select("account_id", "decision")
    return (
        accounts.select("account_id", *SIGNS)
        .join(facts, on="account_id", how="left", maintain_order="left")
        .join(size, on="organisation_id", how="left", maintain_order="left")
        .join(latest, on="account_id", how="left", maintain_order="left")
        .with_columns(
            age_days=(moment - pl.col("created_at")).dt.total_days(),
            spared=pl.col("account_id").is_in(_spared(population).implode()),
        )
    )


def _spared(population: Population) -> pl.Series:
    """Accounts with an upheld appeal that no new evidence ties to anybody."""
    tied = population.pairs.filter(accepted())
    anew = pl.concat([tied["a"], tied["b"]])
    heard = spared(population.rollups)["account_id"]
    return heard.filter(~heard.is_in(anew.implode()))


def stolen_key() -> pl.Expr:
    """The holder is likely the injured party (T07).

    Somebody lists models, tries access and switches logging off, and at least one more sign
    of a stranger shows, while the holder's own people and contacts stay as they were.
    """
    stranger = pl.any_horizontal(
        pl.col("f05_sudden_models") >= 0.3,
        pl.col("f06_two_places_at_once") > 0.0,
        pl.col("f06_new_networks") >= 0.1,
        pl.col("f06_failed_logins") >= 0.1,
        pl.col("f06_places_per_day") >= 0.2,
    )
    holder_stays = (pl.col("f05_operator_break") < 0.5) & (pl.col("f05_change_burst") <= 1.0)
    return (pl.col("f05_model_recon") >= 0.5) & stranger & holder_stays


def another_wrong() -> pl.Expr:
    """Abuse that is not proxy access: mining, or payments that are taken back."""
    return (pl.col("f08_mining_share") >= MINING) | (pl.col("f02_money_back_share") >= MONEY_BACK)


def choose_queue(
    facts: pl.DataFrame,
    suspicious: pl.Series,
    noticed: pl.Series,
    asked: pl.Series,
) -> pl.Series:
    """The queue of each account.

    Parameters
    ----------
    facts
        From ``account_facts``.
    suspicious
        True where p-value and speaking families ask for review.
    noticed
        True where another wrong than proxy access is looked for: from a tail p-value of
        ``NOTICED`` on, with its places too, as they tell of a stolen key.
    asked
        True where a lane beside behaviour asks for review. A decision about proxy access does
        not answer that; a closed account does.
    """
    closed = pl.col("closed_at").is_not_null()
    answered = pl.col("decision").is_in(SETTLED).fill_null(False) | pl.col("spared")
    settled = answered | closed
    policy = pl.when(pl.col("asked") & ~closed).then(pl.lit("policy")).otherwise(pl.lit("none"))
    queue = (
        pl.when(settled)
        .then(policy)
        .when((pl.col("noticed") & stolen_key()).fill_null(False))
        .then(pl.lit("victim"))
        .when((pl.col("noticed") & another_wrong()).fill_null(False))
        .then(pl.lit("other"))
        .when(pl.col("suspicious"))
        .then(pl.lit("proxy"))
        .otherwise(policy)
    )
    return (
        facts.with_columns(suspicious=suspicious, noticed=noticed, asked=asked)
        .select(queue.cast(pl.Enum(QUEUES)).alias("queue"))
        .to_series()
    )
