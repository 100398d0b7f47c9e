"""Leakage audit: how well lane B's features tell an account's declared country.

Lane B never sees a country, but behaviour could betray it. A classifier that is given every
feature and asked for the country shows how much; a table of single features shows which.
Countries are read for this audit alone and go no further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.errors import DataError

LEAST_ACCOUNTS: Final = 20
FOLDS: Final = 3
TREES: Final = 200
BINS: Final = 5
# A feature that tells more than this of the country needs a written reason to stay.
BAR_BITS: Final = 0.02
BAR_P: Final = 0.05

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Leakage:
    """What the features tell of the country.

    ``auc`` is the mean over countries of the one-against-the-rest AUC on held-out accounts
    (0.5 = nothing is told); ``scrambled_auc`` is the same with countries dealt out at random:
    what chance alone gives. ``countries`` has country, accounts, auc, low, high (where an AUC
    of 0.5 would fall in 95 of 100 samples); ``features`` has feature, bits, p_value, country,
    auc, above_bar, those that tell most first.
    """

    auc: float
    scrambled_auc: float
    accounts: int
    countries: pl.DataFrame
    features: pl.DataFrame


def leakage(
    values: Floats,
    names: Sequence[str],
    country: pl.Series,
    *,
    least: int = LEAST_ACCOUNTS,
    trees: int = TREES,
    seed: int = 0,
    threads: int = 1,
) -> Leakage:
    """Ask a random forest for the country, by cross-validation, and each feature alone.

    Parameters
    ----------
    values : (n, d) float
        Lane B's features; NaN is missing.
    names : names of the d features.
    country : the declared country of the n accounts; null where none was declared.
    least : countries with fewer accounts are left out.
    trees, seed, threads : of the classifier.

    Raises
    ------
    DataError
        If fewer than two countries have enough accounts.
    """
    counted = country.drop_nulls().value_counts().filter(pl.col("count") >= least)
    known = sorted(counted[country.name].to_list())
    if len(known) < 2:
        raise DataError(
            f"leakage audit: {len(known)} countries have {least} accounts or more; expected at "
            "least 2: audit more accounts"
        )
    chosen = country.is_in(known).fill_null(False).to_numpy()
    rows = np.asarray(values[chosen], dtype=np.float64)
    code = np.searchsorted(known, country.filter(pl.Series(chosen)).to_numpy()).astype(np.int64)
    ask = _Classifier(trees, seed, threads)
    aucs = ask.held_out(rows, code)
    scrambled = np.random.default_rng(seed).permutation(code)
    return Leakage(
        auc=float(aucs.mean()),
        scrambled_auc=float(ask.held_out(rows, scrambled).mean()),
        accounts=code.size,
        countries=_countries(known, code, aucs),
        features=_features(rows, names, known, code),
    )


@dataclass(frozen=True)
class _Classifier:
    """A random forest that is asked for the country."""

    trees: int
    seed: int
    threads: int

    def held_out(self, rows: Floats, code: Ints) -> Floats:
        """AUC of each country on accounts that the classifier was not taught on."""
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        forest = RandomForestClassifier(
            n_estimators=self.trees, min_samples_leaf=5, class_weight="balanced_subsample",
            random_state=self.seed, n_jobs=self.threads,
        )  # fmt: skip
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=self.seed)
        chance = cross_val_predict(forest, rows, code, cv=folds, method="predict_proba")
        count = chance.shape[1]
        return np.array([_aucs(chance[:, k], code, count)[k] for k in range(count)])


def _aucs(score: Floats, code: Ints, count: int) -> Floats:
    """AUC of one score for each of the first ``count`` codes against the rest; ties half."""
    rank = pl.Series(score).fill_nan(-np.inf).rank("average").to_numpy()
    own = np.bincount(code, minlength=count)[:count]
    total = np.bincount(code, weights=rank, minlength=count)[:count]
    pairs = own * (code.size - own)
    out: Floats = np.full(count, np.nan)
    np.divide(total - own * (own + 1) / 2, pairs, out=out, where=pairs > 0)
    return out


def _countries(known: list[str], code: Ints, aucs: Floats) -> pl.DataFrame:
    own = np.bincount(code, minlength=len(known)).astype(np.float64)
    # Spread of the Mann-Whitney statistic where nothing is told.
    spread = np.sqrt((code.size + 1) / (12 * own * (code.size - own)))
    table = {"country": known, "accounts": own.astype(np.int64), "auc": aucs}
    band = {"low": 0.5 - 1.96 * spread, "high": 0.5 + 1.96 * spread}
    return pl.DataFrame(table | band).sort("auc", descending=True)


def _features(rows: Floats, names: Sequence[str], known: list[str], code: Ints) -> pl.DataFrame:
    found = [_feature(rows[:, k], len(known), code) for k in range(len(names))]
    table = pl.DataFrame(
        {
            "feature": list(names),
            "bits": [bits for bits, _, _, _ in found],
            # Each of many features is asked: by chance one in twenty would stand out.
            "p_value": [min(1.0, p * len(names)) for _, p, _, _ in found],
            "country": [known[k] for _, _, k, _ in found],
            "auc": [auc for _, _, _, auc in found],
        }
    )
    above = (pl.col("bits") > BAR_BITS) & (pl.col("p_value") < BAR_P)
    return table.with_columns(above_bar=above).sort("bits", "feature", descending=[True, False])


def _feature(column: Floats, countries: int, code: Ints) -> tuple[float, float, int, float]:
    """Bits, p-value, and the country it tells best with its AUC, of one feature alone."""
    bits, p_value = mutual_information(_binned(column), code, countries)
    aucs = _aucs(column, code, countries)
    best = int(np.argmax(np.abs(aucs - 0.5)))
    return bits, p_value, best, float(aucs[best])


def _binned(column: Floats) -> Ints:
    """Bins of about equal size; missing values are a bin of their own."""
    missing = np.isnan(column)
    there = column[~missing]
    if there.size == 0:
        return np.zeros(column.size, dtype=np.int64)
    edges = np.unique(np.quantile(there, np.arange(1, BINS) / BINS))
    # Zero-heavy features would fall into one bin: what lies above the least value is told apart.
    edges = np.union1d(edges, [there.min()])
    binned = np.searchsorted(edges, column, side="left").astype(np.int64)
    return np.where(missing, edges.size + 1, binned)


def mutual_information(left: Ints, right: Ints, count: int) -> tuple[float, float]:
    """Mutual information of two codes in bits, and the p-value of the G-test.

    Parameters
    ----------
    left, right : (n,) int codes from 0; ``right`` has ``count`` values.

    Returns
    -------
    tuple of float
        Bits less what chance alone gives (Miller and Madow 1955), not below 0; p-value of
        independence.

    Examples
    --------
    >>> codes = np.array([0, 1] * 50)
    >>> bits, p_value = mutual_information(codes, codes, 2)
    >>> round(bits, 2), p_value < 1e-9
    (0.99, True)
    >>> mutual_information(np.array([0, 0, 1, 1] * 25), codes, 2)
    (0.0, 1.0)
    """
    from scipy.stats import chi2

    cells = np.bincount(left * count + right, minlength=(int(left.max()) + 1) * count)
    table = cells.reshape(-1, count).astype(np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    total = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / total
    filled = table > 0
    nats = float((table[filled] * np.log(table[filled] / expected[filled])).sum() / total)
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    if freedom == 0:
        return 0.0, 1.0
    by_chance = freedom / (2 * total)
    bits = float(max(0.0, (nats - by_chance) / np.log(2)))
    return bits, float(chi2.sf(max(0.0, 2 * total * nats), freedom))
