"""From numbers to sentences: reasons, typology and counter-evidence of an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.results import NOTE, REASON
from features.registry import Registry

SHOWN: Final = 7
# What more than this share of peers reaches too comes after what few do.
COMMON: Final = 0.1
# Log odds by which a fact must lower an account's score to be named.
NAMED: Final = 0.05
# Accounts whose notes are looked through at once.
BLOCK_ROWS: Final = 65_536


@dataclass(frozen=True)
class Evidence:
    """What the model says of each (account, feature): arrays of shape (accounts, features)."""

    values: NDArray[np.float64]
    peer_median: NDArray[np.float64]
    tail: NDArray[np.float64]
    contribution: NDArray[np.float64]

    @property
    def absent(self) -> NDArray[np.bool_]:
        """What was not there, or has no say as the model does not know what is usual in it."""
        return np.isnan(self.values) | np.isnan(self.peer_median)

    @property
    def seen(self) -> NDArray[np.float64]:
        """Contributions of what was there: the part that absence plays is no sign."""
        return np.where(self.absent, 0.0, self.contribution)


def reason_lists(evidence: Evidence, registry: Registry) -> pl.Series:
    """The seven strongest contributions of each account and one ``OTHER`` for the rest.

    Of the seven, those come first that few peers share (``COMMON``), then the others that add to
    the score, and last those that do not; the strongest first in each part. Contributions of an
    account add up to ``raw_score - base``.
    """
    features = list(registry)
    silent = evidence.absent | _both(registry)
    weight = np.where(silent, -np.inf, evidence.contribution)
    strongest = np.argsort(-weight, axis=1, kind="stable")[:, :SHOWN]
    rows = np.arange(strongest.shape[0])[:, None]
    part = _parts(weight[rows, strongest], evidence.tail[rows, strongest])
    order = strongest[rows, np.argsort(part, axis=1, kind="stable")]
    parts = {
        "value": evidence.values[rows, order],
        "peer_median": evidence.peer_median[rows, order],
        "tail": evidence.tail[rows, order],
        "contribution": evidence.contribution[rows, order],
    }
    shown = _long(order, parts)
    named = pl.DataFrame(
        {
            "index": np.arange(len(features)),
            "code": [f.code for f in features],
            "family": [f.family for f in features],
            "feature": [f.name for f in features],
            "text": [f.sentence for f in features],
        }
    )
    # Adding the rest as whole minus shown would not add up exactly; adding the rest itself does.
    hidden = evidence.contribution.copy()
    hidden[rows, order] = 0.0
    rest = pl.DataFrame(
        {"row": np.arange(order.shape[0]), "contribution": hidden.sum(axis=1)}
    ).with_columns(
        place=pl.lit(SHOWN, dtype=pl.Int64),
        code=pl.lit("OTHER"),
        text=pl.lit("All other features together."),
    )
    both = pl.concat(
        [shown.join(named, on="index", how="left").drop("index"), rest], how="diagonal"
    )
    grouped = (
        both.sort("row", "place")
        .group_by("row", maintain_order=True)
        .agg(pl.struct(list(REASON.to_schema())).alias("reasons"))
    )
    return grouped["reasons"].cast(pl.List(REASON))


def _parts(weight: NDArray[np.float64], tail: NDArray[np.float64]) -> NDArray[np.int64]:
    """In which part of an account's reasons each stands: rare, common, or adding nothing."""
    return np.where(weight > 0.0, np.where(tail > COMMON, 1, 0), 2)


def _both(registry: Registry) -> NDArray[np.bool_]:
    """Features that may speak for an account, (features,): they are no reason to suspect it."""
    return np.array([feature.both for feature in registry], dtype=np.bool_)


def standing_lists(evidence: Evidence, registry: Registry) -> pl.Series:
    """What spoke for each account in its own score: the facts that lowered it, in their order."""
    features, both = list(registry), np.flatnonzero(_both(registry))
    lowered = pl.DataFrame(
        evidence.seen[:, both] <= -NAMED, schema=[features[k].code for k in both], orient="row"
    )
    notes = [
        pl.when(pl.col(f.code)).then(pl.struct(code=pl.lit(f.code), text=pl.lit(f.sentence)))
        for f in (features[k] for k in both)
    ]
    return _told(lowered, notes).alias("spoke_for")


def _told(frame: pl.DataFrame, notes: Sequence[pl.Expr]) -> pl.Series:
    """Of each row the notes that are not null, in their order."""
    if not notes:
        return pl.Series([[]] * frame.height, dtype=pl.List(NOTE))
    lists = pl.concat_list(notes).list.drop_nulls().cast(pl.List(NOTE))
    # Before the nulls are dropped, a list is many times as long.
    blocks = frame.iter_slices(BLOCK_ROWS) if frame.height else (frame,)
    return pl.concat(block.select(lists).to_series() for block in blocks)


def _long(order: NDArray[np.int64], parts: dict[str, NDArray[np.float64]]) -> pl.DataFrame:
    rows, places = np.indices(order.shape)
    columns = {name: pl.Series(values.ravel()).fill_nan(None) for name, values in parts.items()}
    return pl.DataFrame(
        {"row": rows.ravel(), "place": places.ravel(), "index": order.ravel(), **columns}
    )


def family_lists(evidence: Evidence, registry: Registry) -> pl.Series:
    """Families by the sum of their positive contributions, strongest first."""
    families = [f.family for f in registry]
    names = sorted(set(families))
    index = np.array([names.index(f) for f in families])
    positive = np.where(_both(registry), 0.0, np.maximum(evidence.seen, 0.0))
    columns = [np.ascontiguousarray(positive[:, index == k]) for k in range(len(names))]
    sums = np.stack([own.sum(axis=1) for own in columns], axis=1)
    order = np.argsort(-sums, axis=1, kind="stable")
    # A list of Python's texts for each row would take a hundred times the memory.
    added = np.take_along_axis(sums, order, axis=1) > 0.0
    named = (
        pl.Series(names)
        .gather(order.ravel())
        .zip_with(pl.Series(added.ravel()), pl.Series([None], dtype=pl.String))
    )
    lists = named.reshape(order.shape).arr.to_list().list.drop_nulls()
    return lists.alias("families")


def typologies(evidence: Evidence, registry: Registry) -> pl.Series:
    """The typology whose signs carry most of the score, or null where nothing does.

    A feature that speaks for several typologies gives each an equal part.
    """
    features = list(registry)
    ids = sorted({t for f in features for t in f.typologies})
    weights = np.zeros((len(features), len(ids)))
    for row, feature in enumerate(features):
        for typology in feature.typologies:
            weights[row, ids.index(typology)] = 1.0 / len(feature.typologies)
    positive = np.maximum(evidence.seen, 0.0)
    # einsum adds in a fixed order; a threaded matrix product would not.
    strength = np.einsum("nf,ft->nt", positive, weights, optimize=False)
    best = strength.argmax(axis=1)
    found = strength.max(axis=1) > 0.0
    named = [ids[k] if ok else None for k, ok in zip(best, found, strict=True)]
    return pl.Series("typology", named, dtype=pl.String)


# What speaks for the innocent explanation: code, sentence, and the rule on account facts.
COUNTER_RULES: Final[tuple[tuple[str, str, pl.Expr], ...]] = (
    (
        "DECLARED-RESELLER",
        "Declares resale or names a partner: nearest benign case is a licensed reseller.",
        pl.col("declared_reseller").fill_null(False) | pl.col("partner_id").is_not_null(),
    ),
    (
        "ONE-ORGANISATION",
        "Shares its organisation with other accounts: nearest benign case is a landing zone "
        "of one enterprise.",
        pl.col("organisation_size") > 1,
    ),
    (
        "KYC-VERIFIED",
        "The holder was verified.",
        pl.col("kyc_status").cast(pl.String).eq_missing(pl.lit("verified")),
    ),
    (
        "LONG-STANDING",
        "The account is older than two years.",
        pl.col("age_days") > 730,
    ),
    (
        "DECLARED-TRAINING",
        "Declares model training, inference or science: heavy GPU use is what it said.",
        pl.col("declared_use_class")
        .cast(pl.String)
        .is_in(["ml_training", "ml_inference", "scientific"])
        .fill_null(False),
    ),
    (
        "EDUCATION",
        "An educational customer: nearest benign case is a class, a lab or a university buying "
        "through a distributor.",
        pl.col("customer_class").cast(pl.String).eq_missing(pl.lit("education")),
    ),
    (
        "APPEAL-UPHELD",
        "An earlier decision against this account was overturned on appeal.",
        pl.col("appeal_upheld_at").is_not_null(),
    ),
    (
        "CLEARED",
        "A reviewer cleared this account before.",
        pl.col("decision").eq_missing(pl.lit("cleared")),
    ),
)


def counter_evidence(facts: pl.DataFrame) -> pl.Series:
    """What speaks for the innocent explanation by the records, whatever the score made of it."""
    notes = [
        pl.when(rule).then(pl.struct(code=pl.lit(code), text=pl.lit(text)))
        for code, text, rule in COUNTER_RULES
    ]
    return _told(facts, notes).alias("counter_evidence")
