"""Damaged files through the live door: ``python benchmarks/mutated_files.py [--files 300]``.

Files of every form that the readers know, each damaged in one or two of nine ways (bytes flipped,
cut, spliced, repeated, lying footers, extremes, encodings, nesting, columns), are dropped in
batches into the inbox of a real worker, sound files among them. Right is: each damaged file is
taken or named, all sound files are taken, each death of a worker is told of by the file that it
died at, and the worker stays below 512 MB. Exit code 1 where anything is not. ``--score`` has each
batch scored too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from lab.odd_inbox import Outcome, dropped

MOST_MEGABYTES = 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--score", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = dropped(
            Path(folder), options.files, batch=options.batch, seed=options.seed,
            scored=options.score,
        )  # fmt: skip
    tell(outcome)
    sys.exit(0 if outcome.right(MOST_MEGABYTES) else 1)


def tell(outcome: Outcome) -> None:
    """Print what became of the files."""
    print(f"{outcome.files} damaged files: {outcome.taken} taken, {len(outcome.named)} named")
    for reason, number in Counter(map(outcome.kind, outcome.named.values())).most_common(12):
        print(f"  {number:5}  {reason}")
    print(f"sound files not taken: {outcome.missed or 'none'}")
    print(f"files of which nothing is said: {outcome.lost or 'none'}")
    print(f"looks that failed: {outcome.failed or 'none'}")
    print(f"worker deaths: {outcome.deaths or 'none'}; told of by files: {outcome.told_deaths}")
    print(
        f"highest memory of a worker: {outcome.megabytes} MB; slowest look {outcome.slowest:.1f} s"
    )


if __name__ == "__main__":
    main()
