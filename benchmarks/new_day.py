"""A new day on 90, and a new hour: what they cost beside doing everything again.

    python benchmarks/new_day.py [--accounts 2000] [--shape daily|hourly] [--live]

A simulated world lies in daily files; charges as it writes them (one a day), or each as 24 of an
hour. A model is learnt once, a state takes 90 days in and is scored. Then the 91st day comes with
all other tables as they are known by then, and is taken in and scored; with ``--live`` hours of
the 91st day come to a service that is at work: charges by the hour in both shapes, of all accounts
that have any on that day and of a tenth of them. ``--model`` takes one that was learnt before.
Every step is a process of its own with its defaults (but for one thread, so that seconds of CPU
can be compared). "To the scores" is a process that ends with every account and ring scored
(started, read, added up, features, rings, model: no lanes, queues, reasons, tables or report),
after the same ingest; "the whole command" is all of ``enduse score``. Prints a table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.simulate import simulate
from detector.sources.facts import known_by
from features.tables import SCHEMAS

TIMES: Final = {
    "usage": "ChargePeriodStart", "events": "time", "model_usage": "start",
    "gpu_telemetry": "time",
}  # fmt: skip
AMOUNTS: Final = ("ConsumedQuantity", "EffectiveCost", "BilledCost", "ListCost")
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
NOON: Final = 12
SHARES: Final = (1.0, 0.1)
TICKS: Final = os.sysconf("SC_CLK_TCK")
LONGEST: Final = 600.0


@dataclass
class Bench:
    """Folders of one measurement, and what its steps took."""

    root: Path
    days: int
    hourly: bool
    took: dict[str, float] = field(default_factory=dict)
    scored: dict[str, float] = field(default_factory=dict)
    stages: dict[str, dict[str, float]] = field(default_factory=dict)

    def step(self, name: str, *words: object) -> None:
        """Run a command in a process of its own."""
        environment = os.environ | {"POLARS_MAX_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "detector", *map(str, words)],
            stdout=subprocess.DEVNULL, env=environment,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{name}: enduse {' '.join(map(str, words))} ended with {status}")
        self.took[name] = usage.ru_utime + usage.ru_stime

    def score(self, name: str, *words: object) -> None:
        """Score with the model, and keep what the run says of its stages."""
        out = self.root / f"out {name}"
        self.step(name, "score", *words, "--model", self.root / "model", "--out", out,
                  "--threads", "1")  # fmt: skip
        self.stages[name] = json.loads((out / "run.json").read_text())["timings"]

    def to_scores(self, name: str, kind: str, place: Path) -> None:
        """Score in a process that ends with the scores, and keep what it took."""
        words = [sys.executable, __file__, "--scores", kind, str(place), str(self.root / "model")]
        process = subprocess.Popen(words, env=os.environ | {"POLARS_MAX_THREADS": "1"})
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{name}: scoring {place} ended with {status}")
        self.scored[name] = usage.ru_utime + usage.ru_stime


def scores_alone(kind: str, place: Path, model: Path) -> None:
    """Score a log folder or a state, and leave all else: what ``to_scores`` measures."""
    from contextlib import nullcontext

    from detector.pipeline import load_model
    from detector.pipeline.engine import LocalEngine
    from detector.pipeline.prepare import Stages
    from detector.pipeline.run import Asked, assess, choose
    from detector.pipeline.stored import open_state
    from detector.sources import read_logs

    asked, engine, trained = Asked(), LocalEngine(), load_model(model)
    with open_state(place) if kind == "state" else nullcontext(read_logs(place)) as source:
        prepared = engine.prepare(source, None, Stages())
        assess(choose(trained, prepared, asked).case, prepared, asked, engine)


def facts(world: Path, logs: Path, moment: datetime) -> None:
    """Write the tables that are no days of rows, as they were known at a moment."""
    for place in world.glob("*.parquet"):
        rows, schema = pl.read_parquet(place), SCHEMAS[place.stem].create_empty()
        known = known_by(pl.concat([schema.clear(), rows], how="diagonal_relaxed"),
                         place.stem, moment)  # fmt: skip
        known.select(rows.columns).write_parquet(logs / place.name)


def split(world: Path, logs: Path, hourly: bool) -> list[datetime]:
    """Lay a world down in daily files; return its days."""
    logs.mkdir()
    for place in world.iterdir():
        if place.is_dir() and place.name not in TIMES:
            shutil.copytree(place, logs / place.name)
    days: set[datetime] = set()
    for table, column in TIMES.items():
        (logs / table).mkdir()
        for kind in sorted({p.parent.parent for p in (world / table).rglob("period=*/*")}) or [
            world / table
        ]:
            rows = pl.concat([pl.read_parquet(p) for p in sorted(kind.rglob("*.parquet"))])
            rows = by_hour(rows) if hourly and table == "usage" else rows
            starts = rows[column].dt.truncate("1d")
            source = f"{kind.name.removeprefix('source=')}-" if kind.name != table else ""
            for day in starts.unique().sort():
                days.add(day)
                rows.filter(starts == day).write_parquet(logs / table / f"{source}{day:%F}.parquet")
    facts(world, logs, max(days))
    return sorted(days)


def by_hour(rows: pl.DataFrame) -> pl.DataFrame:
    """Each daily charge as 24 of an hour."""
    hours = rows.join(pl.DataFrame({"hour": range(24)}), how="cross")
    start = pl.col("ChargePeriodStart") + pl.duration(hours=pl.col("hour"))
    present = [name for name in AMOUNTS if name in rows.columns]
    return hours.with_columns(
        start, ChargePeriodEnd=start + HOUR,
        **{name: (pl.col(name) / 24).cast(rows.schema[name]) for name in present},
    ).drop("hour")  # fmt: skip


def files_of(logs: Path, day: datetime) -> list[Path]:
    """The files of a day."""
    return sorted(p for t in TIMES for p in (logs / t).glob(f"*{day:%F}.parquet"))


def batch(bench: Bench, logs: Path, last: datetime) -> None:
    """A day taken in and scored, beside everything again."""
    state, root = bench.root / "state", bench.root
    aside = root / "aside"
    aside.mkdir()
    later = files_of(logs, last)
    for path in later:
        path.rename(aside / f"{path.parent.name}+{path.name}")
    if not (root / "model").is_dir():
        bench.step("train", "train", logs, "--model", root / "model")
    bench.step("first ingest of the days before", "ingest", logs, "--state", state)
    bench.score("first score of the state", "--state", state)
    for path in later:
        (aside / f"{path.parent.name}+{path.name}").rename(path)
    facts(root / "world", logs, last + DAY)
    bench.step("a new day: ingest", "ingest", logs, "--state", state)
    bench.to_scores("a new day: score", "state", state)
    bench.score("a new day: score", "--state", state)
    bench.to_scores("score LOGS", "logs", logs)
    bench.score("score LOGS", logs)
    bench.step("fresh state: ingest", "ingest", logs, "--state", root / "fresh")
    bench.score("fresh state: score", "--state", root / "fresh")
    bench.step("help", "--help")
    same(root, "a new day: score", "score LOGS", "fresh state: score")


def same(root: Path, *names: str) -> None:
    """Refuse scores that are not the same bytes."""
    for table in ("scores", "rings", "features"):
        found = {(root / f"out {name}" / f"{table}.parquet").read_bytes() for name in names}
        if len(found) != 1:
            raise SystemExit(f"{table} of {names} are not the same bytes")


def live(bench: Bench, logs: Path, last: datetime) -> None:
    """What a service takes for hours of the last day from noon on."""
    inbox, later = bench.root / "inbox", files_of(logs, last)
    shutil.copytree(logs, inbox)
    frames = {path.relative_to(logs): pl.read_parquet(path) for path in later}
    if not bench.hourly:
        frames = {p: by_hour(f) if p.parts[0] == "usage" else f for p, f in frames.items()}
    facts(bench.root / "world", inbox, last)
    for path in frames:
        (inbox / path).unlink()
    arrive(inbox, frames, last, last + NOON * HOUR)
    service = subprocess.Popen(
        [sys.executable, "-m", "detector", "serve", "--inbox", inbox, "--state",
         bench.root / "live", "--model", bench.root / "model", "--listen", "127.0.0.1:0",
         "--poll", "1"],
        env=os.environ | {"POLARS_MAX_THREADS": "1"}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await_run(bench.root / "live", 1)
        # The first hour warms the service up.
        for hour, share in enumerate((1.0, *SHARES)):
            time.sleep(4)
            began = last + (NOON + hour) * HOUR
            before = cpu_of(service.pid)
            arrive(inbox, frames, began, began + HOUR, share)
            name = f"a new hour of {share:.0%} of the accounts, live"
            bench.stages[name] = await_run(bench.root / "live", 2 + hour)
            time.sleep(2)
            bench.took[name] = cpu_of(service.pid) - before
    finally:
        service.terminate()
        service.wait()


def arrive(
    inbox: Path,
    frames: dict[Path, pl.DataFrame],
    begin: datetime,
    end: datetime,
    share: float = 1.0,
) -> None:
    """Put the rows of some time and some accounts into an inbox, all at one moment."""
    told = []
    for path, frame in frames.items():
        rows = frame.filter(pl.col(TIMES[path.parts[0]]).is_between(begin, end, closed="left"))
        if share < 1.0 and path.parts[0] != "gpu_telemetry":
            who = "BillingAccountId" if path.parts[0] == "usage" else "account_id"
            rows = rows.filter(pl.col(who).hash(seed=0) % 1000 < share * 1000)
        if rows.height:
            place = inbox / path.with_name(f"{path.stem}T{begin:%H}-{end:%H}.parquet")
            hidden = place.with_name(f".{place.name}")
            rows.write_parquet(hidden)
            told.append((hidden, place))
    for hidden, place in told:
        hidden.rename(place)


def await_run(state: Path, number: int) -> dict[str, float]:
    """Wait for a run's number, and return its stages."""
    began = time.monotonic()
    while time.monotonic() < began + LONGEST:
        runs = sorted(p for p in (state / "runs").glob("[0-9]*/run.json")) if state.is_dir() else []
        numbers = [int(p.parent.name.partition("-")[0]) for p in runs]
        if numbers and max(numbers) >= number:
            found: dict[str, float] = json.loads(runs[-1].read_text())["timings"]
            return found
        time.sleep(0.2)
    raise SystemExit(f"no run {number} was published below {state} in {LONGEST:.0f} s")


def cpu_of(process: int) -> float:
    """CPU seconds of a process, of its children, and of those that have ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own = sum(int(ticks) for ticks in fields[11:15]) / TICKS
    children = Path(f"/proc/{process}/task").glob("*/children")
    return own + sum(cpu_of(int(child)) for path in children for child in path.read_text().split())


def main() -> None:
    """Make the world, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=91)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shape", choices=["daily", "hourly"], default="daily")
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--stages", action="store_true")
    parser.add_argument("--scores", nargs=3, metavar=("KIND", "PLACE", "MODEL"))
    options = parser.parse_args()
    if options.scores:
        kind, *places = options.scores
        scores_alone(kind, *map(Path, places))
        return
    with tempfile.TemporaryDirectory() as scratch:
        root, hourly = Path(scratch), options.shape == "hourly"
        bench = Bench(root, options.days, hourly)
        simulate("standard", options.accounts, options.days, options.seed, root / "world")
        last = split(root / "world", root / "logs", hourly)[-1]
        if options.model:
            shutil.copytree(options.model, root / "model")
        batch(bench, root / "logs", last)
        if options.live:
            live(bench, root / "logs", last)
        if options.stages:
            print(json.dumps({"cpu": bench.took, "stages": bench.stages}, indent=1))
        print(render(bench, options))


def render(bench: Bench, options: argparse.Namespace) -> str:
    """The table."""
    took, scored = bench.took, dict(bench.scored)
    ingest = took["a new day: ingest"]
    took["a new day"] = ingest + took["a new day: score"]
    scored["a new day"] = ingest + scored["a new day: score"]
    took["fresh state"] = took["fresh state: ingest"] + took["fresh state: score"]
    whole, until = took["score LOGS"], scored["score LOGS"]
    lines = [
        f"standard, {options.accounts:,} accounts × {options.days} days, {options.shape} charges; "
        f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}, Python "
        f"{platform.python_version()}, Polars {version('polars')}, one thread, "
        f"load {os.getloadavg()[0]:.1f} at the end, {datetime.now(UTC):%F}",
        "",
        "| step | to the scores, CPU s | of all again | whole command, CPU s | of all again |",
        "|---|---|---|---|---|",
    ]  # fmt: skip
    for name, cpu in took.items():
        told = f"{scored[name]:.2f} | {scored[name] / until:.1%}" if name in scored else "– | –"
        lines.append(f"| {name} | {told} | {cpu:.2f} | {cpu / whole:.1%} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
