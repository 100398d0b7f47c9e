"""Leads beside their truth on simulated worlds, and the cost of many notices beside many accounts.

Run from the repository root: ``python benchmarks/leads.py [--seeds N ...] [--accounts N]
[--days N]``, or ``python benchmarks/leads.py --large [--accounts N] [--notices N]``.

A world has the public cases, notices around innocents, reports and indicators; told is, for each,
whether every case is as its truth says, which leads are wrong, and CPU seconds. ``--large`` builds
accounts and notices as frames, a tenth of them about chips, models or clouds, and tells CPU
seconds and memory of lane E, and where they go.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import numpy as np
import polars as pl

from detector.pipeline.law import known_alone
from detector.pipeline.run import Asked
from detector.policy.evidence import lane_e
from detector.policy.lane import Findings, Known
from detector.policy.names.screen import screen
from detector.policy.packs import load_packs
from detector.simulate import simulate
from detector.simulate.leads.judging import Judged, judged
from detector.sources import read_logs
from features.catalogue import Catalogue
from features.rollups import Sums, complete
from features.tables import SCHEMAS

PRESET = "public_cases"
SEEDS = (730_101, 730_102, 730_103, 730_104, 730_105)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SYLLABLES = (
    "ba", "co", "du", "fer", "gan", "hol", "kin", "lor", "mav", "nex", "pol", "quin", "ras", "sev",
    "tor", "umb", "vel", "wex", "yor", "zan", "ther", "mond", "stra", "bel", "cruz", "dex", "ford",
)  # fmt: skip
KINDS = ("Ltd", "LLC", "GmbH", "Technology Co., Ltd.", "Trading", "Group", "Data Services", "Inc.")
ABOUT = ("Rental of A100 computing power", "大模型接口服务", "Cloud service with GPU servers")
OTHER = ("Laboratory furniture", "Road works", "办公用品采购", "Catering of a canteen")


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    asked.add_argument("--accounts", type=int)
    asked.add_argument("--days", type=int, default=45)
    asked.add_argument("--large", action="store_true")
    asked.add_argument("--notices", type=int, default=100_000)
    asked.add_argument("--profile", action="store_true")
    given = asked.parse_args()
    if given.large:
        measure_large(given.accounts or 1_000_000, given.notices, profiled=given.profile)
        return
    for seed in given.seeds:
        tell_world(given.accounts or 20_000, given.days, seed)


def tell_world(accounts: int, days: int, seed: int) -> None:
    """Make a world, ask lane E alone, and print what is right and wrong."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "world"
        simulate(PRESET, accounts, days, seed, folder)
        known = known_alone(read_logs(folder), None, Asked())
        start = time.process_time()
        found = lane_e(known)
        spent = time.process_time() - start
        judgement = judged(
            found.leads, found.rows, pl.read_parquet(f"{folder}.leads_truth.parquet"),
            pl.read_parquet(f"{folder}.truth.parquet"),
        )  # fmt: skip
        policy = pl.read_parquet(f"{folder}.policy_truth.parquet")
    print(f"seed {seed}: {summary(judgement)}; C9 {c9(found, policy)}; {spent:.1f} CPU s")
    for row in judgement.cases.filter(~pl.col("right")).iter_rows(named=True):
        print(f"  case {row['shape']} ({row['row']}): {row['said']}, not {row['strengths']}")
    for row in judgement.wrong.iter_rows(named=True):
        agreed = " ".join(part["code"] for part in row["parts"] if part["seen"] == "yes")
        print(f"  wrong {row['strength']}: {row['supplier']} / {row['party']}, {row['score']}, "
              f"{row['role_right']}, agrees {agreed}")  # fmt: skip


def summary(judgement: Judged) -> str:
    """Counts of what is right, and of what is wrong."""
    cases = judgement.cases
    return (
        f"{cases['right'].sum()} of {cases.height} cases right, "
        f"strong on innocents {judgement.wrongs('strong', 'benign')}, "
        f"wrong strong {judgement.wrongs('strong')}, wrong medium {judgement.wrongs('medium')}"
    )


def c9(found: Findings, policy: pl.DataFrame) -> str:
    """Whether the loud partner is shown, and the busy representative is not."""
    told = policy.filter(pl.col("rule") == "CHANNEL")
    parties = dict(told.select("shape", "party").iter_rows())
    gathers = {row.id for row in found.evidence.channel if row.gathers} if found.evidence else set()
    loud = parties["nine exceptions of ten customers"] in gathers
    busy = parties["busy, at the median rate"] in gathers
    return "right" if loud and not busy else f"wrong (loud {loud}, busy {busy})"


def measure_large(accounts: int, notices: int, *, profiled: bool) -> None:
    """Lane E on frames, with its profile if asked."""
    known = large(accounts, notices)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{accounts:,} accounts, {notices:,} notices; {before:.2f} GB held before", flush=True)
    profile, start = cProfile.Profile(), time.process_time()
    found = profile.runcall(lane_e, known) if profiled else lane_e(known)
    spent = time.process_time() - start
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{spent:.1f} CPU s, {most:.2f} GB at most, {found.leads.height:,} rows")
    if profiled:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(40)


def large(accounts: int, notices: int) -> Known:
    """Accounts and notices of firms, as frames; nobody used anything."""
    rng = np.random.default_rng(2026)
    holders = names(rng, accounts)
    kept = {"accounts": _accounts(holders), "tenders": _tenders(rng, holders, notices)}
    catalogue = Catalogue.load()
    rollups = complete(Sums().whole(), ("accounts", "tenders"), NOW, catalogue)

    def table(name: str) -> pl.DataFrame:
        return kept[name] if name in kept else SCHEMAS[name].create_empty()

    return Known(
        as_of=NOW, present=frozenset(kept), accounts=kept["accounts"]["account_id"],
        rollups=rollups, table=table, packs=load_packs(), lists=None, list_days=14,
        screen=lambda parties: screen(parties, parties.clear(), as_of=NOW.date()),
        compare=lambda parties, entries: screen(parties, entries, as_of=NOW.date()),
    )  # fmt: skip


def names(rng: np.random.Generator, count: int) -> list[str]:
    """Names of firms: one or two invented words, and what firms add to them."""
    parts = rng.integers(0, len(SYLLABLES), (count, 6))
    second, kinds = rng.random(count) < 0.4, rng.integers(0, len(KINDS), count)
    return [
        " ".join(
            [
                "".join(SYLLABLES[i] for i in row[:3]).title(),
                *(["".join(SYLLABLES[i] for i in row[3:]).title()] if two else []),
                KINDS[kind],
            ]
        )
        for row, two, kind in zip(parts.tolist(), second, kinds, strict=True)
    ]


def _whole(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    schema = SCHEMAS[name].create_empty().schema
    missing = [pl.lit(None).alias(column) for column in schema if column not in frame.columns]
    return frame.with_columns(missing).select(list(schema)).cast(schema)


def _accounts(holders: list[str]) -> pl.DataFrame:
    ids = [f"{number:012d}" for number in range(len(holders))]
    frame = pl.DataFrame({"account_id": ids, "org_name": holders})
    told = frame.with_columns(
        created_at=pl.lit(NOW - timedelta(days=400)), declared_country=pl.lit("DE"),
        customer_class=pl.lit("business"),
    )  # fmt: skip
    return _whole("accounts", told)


def _tenders(rng: np.random.Generator, holders: list[str], count: int) -> pl.DataFrame:
    """A tenth is about chips, models or clouds; every hundredth supplier holds an account."""
    about = rng.random(count) < 0.1
    subjects = [
        (ABOUT if is_about else OTHER)[number]
        for is_about, number in zip(about, rng.integers(0, 3, count).tolist(), strict=True)
    ]
    suppliers = names(rng, count)
    for number in np.flatnonzero(rng.random(count) < 0.01).tolist():
        suppliers[number] = holders[int(rng.integers(len(holders)))]
    days = rng.integers(0, 300, count).tolist()
    frame = pl.DataFrame(
        {
            "published_at": [NOW - timedelta(days=1 + day) for day in days],
            "buyer_name": names(rng, count), "supplier_name": suppliers, "title": subjects,
            "text": subjects, "currency": ["USD"] * count,
            "amount": rng.integers(1, 10_000, count) * 1000,
        }
    )  # fmt: skip
    return _whole("tenders", frame)


if __name__ == "__main__":
    main()
