"""Fairness on simulated worlds: leakage of country, parity of review, archetype cap.

    python benchmarks/fairness.py --accounts 3000 --days 45 --seeds 1,2,3

Prints the tables and writes docs/fairness.md, but for its section on names, which lab.lawfair
measures. Worlds are made in --work and used again if
they are there. All of it is synthetic.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "2")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the clone, installed or not

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402

from detector.evaluate.judge import REVIEW_BUDGET  # noqa: E402
from detector.simulate import simulate  # noqa: E402
from features.build import REGISTRY  # noqa: E402
from lab.fairness import accounts_needed, archetype_cap, parity  # noqa: E402
from lab.leakage import (  # noqa: E402
    BAR_BITS,
    BAR_P,
    LEAST_ACCOUNTS,
    Leakage,
    leakage,
)
from lab.trial import Trial, open_trial, run_detector  # noqa: E402

SEGMENTS = ("declared_country", "customer_class")
SHOWN_FEATURES = 20
# Why a feature that tells something of the country may stay: read before it is extended.
NECESSITY: dict[str, str] = {}
# Measured apart, on 2026-11-22: standard, dev ranges, 2,000 accounts, 30 days, seed 7.
HOURS = (
    "Shifting the clocks of a random half of the accounts by -7 or +12 hours moves the median "
    "rank by 0.45 % or 0.55 % of the population under a given label-free model and by 0.35 % or "
    "0.70 % with the shipped prior; where the model is trained anew, by 0.60 % or 0.95 % and by "
    "0.50 % or 0.95 % (bound: 1 %). (Measured 2026-11-22 on 2,000 accounts, 30 days, "
    "seed 7, parameter ranges `dev`.)"
)
KIN = (
    "Accounts of one organisation or ring share a country and habits and may stand on both sides "
    "of a fold, so single countries stray beyond the band that chance alone would give."
)


@dataclass
class Pool:
    """All worlds together, one row per account."""

    values: list[Any]
    innocent: list[pl.DataFrame]
    countries: list[pl.Series]
    archetypes: dict[str, dict[str, Any]]


def main() -> None:
    options = _options()
    started = time.perf_counter()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    pool = Pool([], [], [], {"default": {}, "none": {}})
    for seed in seeds:
        _add(pool, _trial(options, seed), options.threads)
        print(f"seed {seed}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    told = leakage(
        np.vstack(pool.values), REGISTRY.names(), pl.concat(pool.countries), threads=options.threads
    )
    minutes = (time.perf_counter() - started) / 60
    text = _document(options, pool, told, minutes)
    print(text)
    options.out.write_text(text + _names(options.out), encoding="utf-8")


def _names(page: Path) -> str:
    """The page's section on names, which is measured elsewhere."""
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    return "".join(before.partition("\n## Names\n")[1:])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=3000)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--preset", default="standard")
    parser.add_argument("--ranges", default="valid")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=ROOT / ".fairness")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "fairness.md")
    return parser.parse_args()


def _trial(options: argparse.Namespace, seed: int) -> Trial:
    size = f"{options.accounts}x{options.days}"
    folder = options.work / f"{options.preset}-{options.ranges}-{size}-{seed}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        simulate(
            options.preset, options.accounts, options.days, seed, folder, ranges=options.ranges
        )
    return open_trial(folder, options.preset, seed)


def _add(pool: Pool, trial: Trial, threads: int) -> None:
    facts = trial.logs["accounts"].select("account_id", *SEGMENTS).collect()
    known = trial.accounts.to_frame().join(
        facts, on="account_id", how="left", maintain_order="left"
    )
    pool.values.append(trial.features)
    pool.countries.append(known["declared_country"])
    for prior, counted in pool.archetypes.items():
        scores = run_detector(trial, threads=threads, prior=None if prior == "default" else prior)
        for name, row in trial.judge(scores, 50).archetypes.items():
            counted[name] = counted.get(name, np.zeros(3)) + row
        if prior == "default":
            pool.innocent.append(_innocent(trial, scores, known))


def _innocent(trial: Trial, scores: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Innocent accounts, their segments, and whether a budget of 1 % of accounts reaches them."""
    truth = trial.truth.filter(pl.col("role") == "benign").select("account_id")
    budget = math.ceil(REVIEW_BUDGET * scores.height)
    last = pl.when(pl.col("queue").cast(pl.String).is_in(["victim", "other"])).then(10**9)
    place = (pl.col("rank") + last.otherwise(0)).rank("min")
    reached = scores.select(
        "account_id",
        reviewed=(place <= budget).cast(pl.Float64),
        queued=(pl.col("queue") == "proxy").cast(pl.Float64),
    )
    return truth.join(known, on="account_id").join(reached, on="account_id").sort("account_id")


def _document(options: argparse.Namespace, pool: Pool, told: Leakage, minutes: float) -> str:
    innocent = pl.concat(pool.innocent)
    parts = [
        "# Fairness",
        f"<!-- Generated by: {_command(options)} -->",
        "**All of it is synthetic**: simulated worlds whose truth is known "
        f"({options.preset}, ranges `{options.ranges}`, {options.accounts:,} accounts × "
        f"{options.days} days, seeds {options.seeds}; {minutes:.0f} minutes). What holds here "
        "shows that the product's own rules do not look at a country; it says nothing about how "
        "the customers of a real provider differ from country to country. Run the same audit on "
        "your own reviewed accounts.",
        _blindness(),
        *_leakage_parts(told),
        *_parity_parts(innocent),
        *_archetype_parts(pool.archetypes),
    ]
    return "\n\n".join(parts) + "\n"


def _command(options: argparse.Namespace) -> str:
    return (
        f"python benchmarks/fairness.py --accounts {options.accounts} --days {options.days} "
        f"--seeds {options.seeds} --preset {options.preset} --ranges {options.ranges}"
    )


def _blindness() -> str:
    return (
        "## What lane B cannot see\n\n"
        "Names, texts, languages, currencies, clock hours and countries are refused where a "
        "feature is registered. Over whole runs (`tests/contracts/runs`), with the taught prior "
        "and without: permuting all country codes, replacing all names and texts, renaming all "
        "ids in order, and shifting every clock by whole weeks leave every feature, score and "
        "rank the same bits.\n\n" + HOURS
    )


def _leakage_parts(told: Leakage) -> list[str]:
    above = told.features.filter("above_bar")
    words = [
        f"- `{row['feature']}` ({row['bits']:.3f} bits): "
        + NECESSITY.get(row["feature"], "**no reason is written yet**")
        for row in above.to_dicts()
    ]
    countries = told.countries.with_columns(
        band=pl.format("{} to {}", pl.col("low").round(3), pl.col("high").round(3))
    )
    return [
        "## Can behaviour tell the country?",
        f"A random forest is given all {told.features.height} features of {told.accounts:,} "
        "accounts and asked for the declared country, on held-out accounts, each country "
        f"(of {LEAST_ACCOUNTS} accounts or more) against the rest. Mean AUC "
        f"**{told.auc:.3f}**; with countries dealt out at random {told.scrambled_auc:.3f}; "
        "0.5 is chance.",
        _table(countries, ["country", "accounts", "auc", "band"],
               ["country", "accounts", "AUC", "95 % of AUCs by chance"]),
        KIN,
        f"Each feature alone: mutual information with the country in bits (less what chance "
        f"gives), p-value (Bonferroni), and the country it tells best. A feature above "
        f"{BAR_BITS} bits with p < {BAR_P} needs a written reason to stay; "
        f"{above.height} of {told.features.height} are. The first {SHOWN_FEATURES}:",
        _table(told.features.head(SHOWN_FEATURES),
               ["feature", "bits", "p_value", "country", "auc", "above_bar"],
               ["feature", "bits", "p", "country", "AUC", "above the bar"]),
        *(["\n".join(words)] if words else []),
    ]  # fmt: skip


def _parity_parts(innocent: pl.DataFrame) -> list[str]:
    needed = [accounts_needed(0.005, gap) for gap in (1.5, 2.0, 3.0)]
    parts = [
        "## Parity of review",
        "Innocent accounts alone, so a rate is a false-positive rate; reviewed means within a "
        "budget of 1 % of accounts, in order of rank, with the default model. Intervals are "
        "Wilson's at 95 %. *Higher* and *lower* are beyond chance with as many groups asked. "
        "*Inconclusive* means that there are too few accounts to see a rate twice as high "
        "(two-sided 5 %, power 80 %), never that all is well: at a base rate of 0.5 % a gap of "
        f"1.5, 2 or 3 times takes {needed[0]:,}, {needed[1]:,} or {needed[2]:,} accounts in each "
        f"group. Groups below {LEAST_ACCOUNTS} accounts are put together.",
    ]
    for segment in SEGMENTS:
        table = parity(innocent[segment], innocent["reviewed"].to_numpy())
        parts += [f"### By {segment.replace('_', ' ')}", _rates(table, "group")]
        first = table["needed"][0]
        if first is not None:
            parts.append(f"Accounts needed in a group to see a doubled rate: {first:,}.")
    return parts


def _archetype_parts(archetypes: dict[str, dict[str, Any]]) -> list[str]:
    parts = [
        "## Archetype cap",
        "No kind of innocent account should be reviewed more than three times as often as all "
        "innocent accounts together, at a budget of 1 % of accounts. *Above*: the whole interval "
        "is; *perhaps above*: the rate is, the interval is not.",
    ]
    for prior, counted in archetypes.items():
        name = "With the shipped prior" if prior == "default" else "Label-free (`--prior none`)"
        parts += [f"### {name}", _rates(archetype_cap(counted), "archetype", head=12)]
    return parts


def _rates(table: pl.DataFrame, first: str, head: int = 40) -> str:
    flagged = "reviewed" if first == "group" else "flagged"
    percent = pl.format(
        "{} to {} %", (100 * pl.col("low")).round(2), (100 * pl.col("high")).round(2)
    )
    shown = table.head(head).with_columns(
        interval=percent, percent=pl.format("{} %", (100 * pl.col("rate")).round(2))
    )
    columns = [first, "accounts", flagged, "percent", "interval", "ratio", "verdict"]
    head = [first, "accounts", "reviewed", "rate", "interval", "ratio", "verdict"]
    return _table(shown, columns, head)


def _table(frame: pl.DataFrame, columns: list[str], head: list[str]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += [
        "| " + " | ".join(_cell(cell) for cell in row) + " |"
        for row in frame.select(columns).iter_rows()
    ]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "<0.001" if 0 < value < 0.001 else f"{value:.3f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main()
