"""Screening of names beside other matchers: labelled pairs, listed names, innocent names, speed.

Usage: python benchmarks/screening.py FOLDER [--oracle PYTHON] [--accounts 1000000]

FOLDER holds the public lists and nomenklatura's name_bench (../shared/data/screening). PYTHON is
an interpreter that has nomenklatura (it needs ICU and some hundred packages, so it is no
dependency of ours); without it LogicV1 and LogicV2 are left out. All run in one go, on one core.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import polars as pl
from rapidfuzz import fuzz, process, utils

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.pipeline.screened_files import read_screened, write_screened
from detector.policy.names.against import Screened, prepare
from detector.policy.names.kept import Kept, rescreened
from detector.policy.names.score import POSSIBLE_BAND
from detector.state import Disk
from lab import screening

DAY = date(2026, 6, 1)
ENTRIES = 26_000
SAMPLE = 400
SLOW = 60
ORACLES = ("LogicV1", "LogicV2")
NAIVE = {"token_set": (fuzz.token_set_ratio, 80), "WRatio": (fuzz.WRatio, 85)}
ORACLE = """
import json, sys
from followthemoney import model
from nomenklatura.matching import LogicV1, LogicV2
from nomenklatura.matching.types import ScoringConfig
pairs, algorithm = json.load(sys.stdin), sys.argv[1]
logic = {"LogicV1": LogicV1, "LogicV2": LogicV2}[algorithm]
config = logic.default_config()
def entity(number, side, name):
    # LogicV2 keeps what it computed by id: an id that is used twice gives the first name's score.
    return model.get_proxy(
        {"id": f"{side}{number}", "schema": "Organization", "properties": {"name": [name]}}
    )
print(json.dumps([
    logic.compare(entity(n, "a", one), entity(n, "b", two), config).score
    for n, (one, two) in enumerate(pairs)
]))
"""

Made = TypeVar("Made")
Pairs = Sequence[tuple[str, str]]


def asked(python: Path, algorithm: str, pairs: Pairs) -> list[float]:
    """Scores of the pairs by nomenklatura, in its own process."""
    done = subprocess.run(
        [python, "-c", ORACLE, algorithm],
        input=json.dumps(pairs), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return list(json.loads(done.stdout))


def labelled(folder: Path, oracle: Path | None) -> None:
    """F1 on the labelled pairs, at the threshold that each ships and at its best."""
    bench = screening.pairs(folder)
    both = [(pair.first, pair.second) for pair in bench]
    process_text = utils.default_process
    found: dict[str, tuple[list[float], float]] = {
        "ours": ([float(screening.ours(*pair)) for pair in both], POSSIBLE_BAND)
    }
    for name, (scorer, _) in NAIVE.items():
        found[name] = ([scorer(*pair, processor=process_text) for pair in both], 80)
    for algorithm in ORACLES if oracle else ():
        found[algorithm] = (asked(oracle, algorithm, both), 0.7)
    print("\n## Labelled pairs: F1, at the shipped threshold and at the best\n")
    print("| matcher | all | without numbers | even rows | odd rows | best, all |")
    print("|---|---|---|---|---|---|")
    for name, (scores, threshold) in found.items():
        rows = list(zip(scores, bench, strict=True))
        words = [row for row in rows if not row[1].numbers]
        halves = ([row for row in part if not row[1].numbers] for part in (rows[::2], rows[1::2]))
        cuts = (rows, words, *halves)
        told = [_f1(cut, threshold) for cut in cuts]
        best = max(_f1(rows, at) for at in sorted(set(scores)))
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in (*told, best))} |")


def _f1(rows: Iterable[tuple[float, screening.Pair]], threshold: float) -> float:
    scores, bench = zip(*rows, strict=True)
    return screening.f1(scores, [pair.same for pair in bench], threshold)


def varied(names: list[str], against: Screened, oracle: Path | None, seed: int) -> None:
    """Recall of listed names that are written otherwise: first place, or level with it."""
    ways = screening.makers(random.Random(0))
    print(f"\n## {SAMPLE} of {len(names)} listed names, written otherwise: recall\n")
    print("| matcher | " + " | ".join(ways) + " | names/s |\n|---" + "|---" * (len(ways) + 1) + "|")
    _row("ours", ways, names, seed, SAMPLE, lambda name: _ours(name, against))
    for matcher, (scorer, least) in NAIVE.items():
        _row(
            matcher,
            ways,
            names,
            seed,
            SLOW,
            lambda name, s=scorer, at=least: _best(name, names, s, at),
        )
    for algorithm in ORACLES if oracle else ():
        _row(algorithm, ways, names, seed, SLOW, None, (oracle, algorithm, against))


def _row(
    matcher: str,
    ways: Iterable[str],
    names: list[str],
    seed: int,
    count: int,
    first: Callable[[str], set[str]] | None,
    asking: tuple[Path, str, Screened] | None = None,
) -> None:
    told, start = [], time.perf_counter()
    for way in ways:
        draw = random.Random(seed)
        write = screening.makers(draw)[way]
        picked = [(name, write(name)) for name in draw.sample(names, count)]
        tops = (
            [first(text) for _, text in picked]
            if first
            else _oracle_tops([text for _, text in picked], *asking)
        )
        told.append(sum(name in top for (name, _), top in zip(picked, tops, strict=True)) / count)
    speed = count * len(told) / (time.perf_counter() - start)
    print(f"| {matcher} | {' | '.join(f'{share:.3f}' for share in told)} | {speed:,.0f} |")


def _ours(text: str, against: Screened) -> set[str]:
    hits = against.hits(text)
    return {hit.listed.shown for hit in hits if hit.score == hits[0].score}


def _best(text: str, names: list[str], scorer: Callable[..., float], least: float) -> set[str]:
    found = process.extract(
        text, names, scorer=scorer, processor=utils.default_process, score_cutoff=least, limit=50
    )
    return {name for name, value, _ in found if value == found[0][1]}


def _oracle_tops(
    texts: list[str], python: Path, algorithm: str, against: Screened
) -> list[set[str]]:
    """The oracle's first places among our candidates: it has no keys of its own here."""
    from detector.policy.names.normalise import readings

    pairs = [
        (text, shown)
        for text in texts
        for shown in sorted(
            {
                listed.shown
                for name in readings(text)
                for place in against.names.candidates(name)
                for listed in against.listed[place]
            }
        )
    ]
    scores = asked(python, algorithm, pairs)
    tops = []
    for text in texts:
        mine = [
            (value, shown) for (one, shown), value in zip(pairs, scores, strict=True) if one == text
        ]
        top = max((value for value, _ in mine), default=0)
        tops.append({shown for value, shown in mine if value == top and top >= 0.7})
    return tops


def innocent(names: list[str], against: Screened) -> None:
    """Names that are on no list, and how many are hit all the same."""
    sets = {
        "1,500 names of common words": screening.common_names(1500, seed=5),
        "20,000 simulated firms": screening.invented_firms(20_000, seed=5),
    }
    print(
        "\n## Innocent names with a hit\n\n"
        "| names | ours | token_set 80 | WRatio 85 |\n|---|---|---|---|"
    )
    for what, texts in sets.items():
        shares = [sum(bool(against.hits(text)) for text in texts) / len(texts)]
        for scorer, least in NAIVE.values():
            shares.append(
                sum(bool(_best(text, names, scorer, least)) for text in texts[:SLOW]) / SLOW
            )
        print(f"| {what} | {' | '.join(f'{share:.2%}' for share in shares)} |")


def fast(names: list[str], accounts: int, seed: int) -> None:
    """CPU time and memory against a list of today's length, in full and from what was kept."""
    draw = random.Random(seed)
    write = list(screening.makers(draw).values())
    more = [draw.choice(write)(name) for name in draw.sample(names, ENTRIES - len(names))]
    rows = screening.entries([*names, *more])
    texts = pl.Series("name", screening.many_firms(accounts, seed))
    print(f"\n## {accounts:,} names against {ENTRIES:,} entries, one core\n")
    print("| what | CPU s | hits | peak so far, GiB |\n|---|---|---|---|")
    against = _timed("reading the list", lambda: prepare(rows, as_of=DAY))
    kept = _timed("all names, and what is kept", lambda: _kept(None, texts, rows))
    with TemporaryDirectory() as folder:
        place = Path(folder) / "screened"
        _timed("writing it", lambda: write_screened(place, kept, Disk()))
        size = sum(path.stat().st_size for path in place.iterdir()) / 1024**2
        held = _timed("reading it", lambda: read_screened(place, Kept))
    _timed("nothing changed", lambda: _kept(held, texts, rows))
    other = screening.changed(rows, 100, [*names, *texts.head(1000)], draw)
    _same(
        _timed("100 entries changed", lambda: _kept(held, texts, other)),
        _kept(None, texts.head(20_000), other),
    )
    few = accounts // 100
    near = [draw.choice(write)(name) for name in draw.sample(names, 100)]
    new = pl.Series("name", [*screening.many_firms(few, seed + 1)[100:], *near])
    texts = pl.concat([new, texts[few:]])
    _same(
        _timed(f"{few:,} names changed", lambda: _kept(held, texts, rows)),
        _kept(None, texts.head(20_000), rows),
    )
    listed = [draw.choice(write)(name) for name in draw.sample(names, 3000)]
    start = time.process_time()
    for name in listed:
        against.hits(name)
    slow = time.process_time() - start
    print(f"\nListed names, written otherwise: {len(listed) / slow:,.0f} names/s.")
    print(f"Kept on disk: {size:.0f} MiB.")


def _kept(kept: Kept | None, names: pl.Series, rows: pl.DataFrame) -> Kept:
    return rescreened(kept, names, rows, as_of=DAY)


def _timed(what: str, do: Callable[[], Made]) -> Made:
    start = time.process_time()
    made = do()
    took = time.process_time() - start
    hits = made.hits.height if isinstance(made, Kept) else ""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"| {what} | {took:.1f} | {hits} | {peak:.2f} |", flush=True)
    return made


def _same(delta: Kept, part: Kept) -> None:
    """The delta's hits of names that were screened in full too are the same."""
    mine = delta.hits.join(part.names.select("name"), on="name", how="semi").sort(
        "name", "entry_key"
    )
    if not mine.equals(part.hits):
        raise SystemExit("a kept screening is not a full one")


def main() -> None:
    """Print the tables of docs/benchmarks/screening.md."""
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--oracle", type=Path)
    words.add_argument("--accounts", type=int, default=1_000_000)
    words.add_argument("--seed", type=int, default=1)
    asked_for = words.parse_args()
    names = screening.listed(asked_for.folder)
    against = prepare(screening.entries(names), as_of=DAY)
    labelled(asked_for.folder, asked_for.oracle)
    varied(names, against, asked_for.oracle, asked_for.seed)
    innocent(names, against)
    fast(names, asked_for.accounts, asked_for.seed)


if __name__ == "__main__":
    main()
