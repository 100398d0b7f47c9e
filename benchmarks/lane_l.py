"""Measure lane L: what it adds to a run, and what a million accounts cost it.

    python benchmarks/lane_l.py [LISTS] [--accounts N] [--pairs N] [--profile]

The first table scores sample_logs with lane L and without it, in pairs, in one process, and
tells the median of the CPU seconds. The second asks lane L alone of accounts that are made
here, each with an owner, against the lists of the folder LISTS (OFAC's files and extracts of the
Consolidated Screening List, filled up to 26,000 entries), or against made ones alone.
docs/benchmarks/lane_l.md holds what it printed.
"""

from __future__ import annotations

import argparse
import cProfile
import platform
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import polars as pl

from detector import read_logs, score_logs, train_logs
from detector.pipeline.screening import Screener
from detector.policy import LANES
from detector.policy.lane import Findings, Known
from detector.policy.law import lane_l
from detector.policy.lists import ENTRIES, Lists, completed, read_lists
from detector.policy.packs import load_packs
from features.catalogue import Catalogue
from features.rollups import complete, rollup
from features.tables import SCHEMAS
from lab import screening

NOW: Final = datetime(2026, 3, 10, tzinfo=UTC)
DAY: Final = date(2026, 3, 5)
HELD: Final = 26_000
FILES: Final = {
    "ofac_sdn.csv": "sdn.csv", "ofac_alt.csv": "alt.csv", "ofac_add_bench.csv": "add.csv",
    "csl_extract.csv": "consolidated.csv",
}  # fmt: skip
PLACES: Final = ("CN", "RU", "SG", "DE", "US", "AE", "IR", "GB")


def main() -> None:
    """Measure and print both tables."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("lists", type=Path, nargs="?")
    words.add_argument("--accounts", type=int, default=1_000_000)
    words.add_argument("--pairs", type=int, default=5)
    words.add_argument("--profile", action="store_true")
    given = words.parse_args()
    print(
        f"Python {platform.python_version()}, Polars {pl.__version__}, rapidfuzz "
        f"{version('rapidfuzz')}, {pl.thread_pool_size()} threads"
    )
    if given.pairs:
        share_of_a_run(given.pairs)
    if given.accounts:
        alone(given.lists, given.accounts, profile=given.profile)


def share_of_a_run(pairs: int) -> None:
    """What lane L adds to a run over sample_logs."""
    folder = Path(__file__).resolve().parents[1] / "sample_logs"
    model = train_logs(read_logs(folder))
    took: dict[bool, list[float]] = {True: [], False: []}
    for asked in [True, False] * (pairs + 1):
        start = time.process_time()
        score_logs(read_logs(folder), model, lanes=LANES if asked else ())
        took[asked].append(time.process_time() - start)
    # The first of each reads the code.
    whole, without = (statistics.median(took[asked][1:]) for asked in (True, False))
    added = statistics.median(a - b for a, b in zip(took[True][1:], took[False][1:], strict=True))
    print(f"\n## sample_logs, {pairs} pairs, median\n\n| what | CPU s |\n|---|---|")
    print(f"| score without lanes | {without:.2f} |\n| score | {whole:.2f} |")
    print(f"| lane L | {added:.2f}, {added / whole:.1%} of score |")


def alone(folder: Path | None, accounts: int, *, profile: bool) -> None:
    """What lane L costs of accounts that are made here."""
    lists, before = held(folder), _gigabytes()
    known = known_of(lists, accounts)
    made = _gigabytes()
    watch = cProfile.Profile()
    start = time.process_time()
    if profile:
        watch.enable()
    found = lane_l(known)
    watch.disable()
    took = time.process_time() - start
    print(f"\n## {accounts:,} accounts and as many owners, {lists.entries.height:,} entries\n")
    print("| what | figure |\n|---|---|")
    print(f"| lane L | {took:.0f} CPU s |")
    _tell(found)
    print(f"| peak memory | {_gigabytes():.2f} GB |")
    print(f"| of it before lane L | {made:.2f} GB, {before:.2f} without the accounts |")
    if profile:
        watch.print_stats("cumulative")


def _tell(found: Findings) -> None:
    assert found.told is not None
    print(f"| names | {found.told.names:,} |")
    outcomes = found.policy.group_by("outcome").len().sort("outcome")
    said = ", ".join(f"{number:,} {outcome}" for outcome, number in outcomes.iter_rows())
    print(f"| rows | {said} |")


def held(folder: Path | None) -> Lists:
    """The lists of a folder, and made entries up to as many as are published today."""
    real = pl.DataFrame(schema=ENTRIES) if folder is None else _read(folder)
    names = real["name"].to_list() or screening.many_firms(HELD // 2, 3)
    draw = random.Random(4)
    write = list(screening.makers(draw).values())
    more = [draw.choice(write)(draw.choice(names)) for _ in range(max(HELD - real.height, 0))]
    made = screening.entries(more).with_columns(source=pl.lit("EL"), mapped=pl.lit(value=True))
    place = pl.Series("countries", [[draw.choice(PLACES)] for _ in more], pl.List(pl.String))
    return Lists(entries=pl.concat([real, completed(made.with_columns(place))]))


def _read(folder: Path) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as place:
        for name, called in FILES.items():
            shutil.copyfile(folder / name, Path(place) / called)
        return read_lists(Path(place)).entries


def known_of(lists: Lists, count: int) -> Known:
    """Accounts of firms with a name each, an owner each, and a tenth that use what is ruled."""
    draw = random.Random(5)
    names = screening.many_firms(count, 11)
    ids = [f"{number:012d}" for number in range(count)]
    accounts = _table(
        "accounts", account_id=ids, org_name=names,
        declared_country=[draw.choice(PLACES) for _ in ids], customer_class=["business"] * count,
    )  # fmt: skip
    tables = {"accounts": accounts, "account_owners": _owners(ids, names, lists, draw)}
    rollups = complete(_used(ids), {"accounts", "model_usage"}, NOW, Catalogue.load())

    def table(name: str) -> pl.DataFrame:
        empty: pl.DataFrame = SCHEMAS[name].create_empty()
        return tables.get(name, empty)

    screens = Screener(lists.entries, NOW.date(), None)
    return Known(
        NOW, frozenset({*tables, "usage", "model_usage"}), accounts["account_id"], rollups, table,
        load_packs(None), lists, 14, screens, screens.compare,
    )  # fmt: skip


def _owners(ids: list[str], names: list[str], lists: Lists, draw: random.Random) -> pl.DataFrame:
    """Another firm owns each account, of one in a thousand a listed one."""
    listed = lists.entries["name"].to_list()
    count = len(ids)
    owners = [draw.choice(listed if n % 1000 == 0 else names) for n in range(count)]
    share = [draw.choice(["0.25", "0.5", "0.75", "1"]) for _ in ids]
    return _table(
        "account_owners", account_id=ids, owner_name=owners, share_min=share, share_max=share,
        owner_kind=["entity"] * count, owner_hq_country=[draw.choice(PLACES) for _ in ids],
    )  # fmt: skip


def _used(ids: list[str]) -> dict[str, pl.DataFrame]:
    """A tenth use a model that rules of sellers are about."""
    users = ids[::10]
    start = datetime(2026, 3, 5, tzinfo=UTC)
    rows = _table(
        "model_usage", account_id=users, model_id=["claude-opus-4-7"] * len(users),
        start=[start] * len(users), end=[start.replace(hour=1)] * len(users),
        requests=[9] * len(users), input_tokens=[9] * len(users), output_tokens=[9] * len(users),
    )  # fmt: skip
    parts = rollup("model_usage", rows, NOW, Catalogue.load())
    return {name: frame for part in [parts] for name, frame in part.items()}


def _table(name: str, **columns: list[object]) -> pl.DataFrame:
    empty: pl.DataFrame = SCHEMAS[name].create_empty()
    told = pl.DataFrame(columns)
    nothing = [pl.lit(None).alias(column) for column in empty.columns if column not in columns]
    return told.with_columns(nothing).select(empty.columns).cast(dict(empty.schema))  # type: ignore[arg-type]


def _gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
