"""Tampering with a folder of cases: ``python benchmarks/cases_tamper.py [--events 1000000]``.

1,000 manipulations of twelve kinds by somebody who knows the format and takes the sums anew, each
checked by ``verify`` with anchors that were kept elsewhere; 500 bits of the database flipped, with
the sums and, for comparison, without them; then CPU seconds of the chain, and of all of ``verify``
with every table made anew, on so many events. Exit code 1 where anything goes unnoticed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.cases.record.connections import to_read
from detector.cases.record.sums import SUMS
from detector.cases.record.verify import chain_of, verify_folder
from lab.cases.made import START, decide, folder_of
from lab.cases.tamper import copied, flipped, found, mutations, named, tampered


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manipulations", type=int, default=1000)
    parser.add_argument("--flips", type=int, default=500)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        whole = _whole(work)
        missed = _manipulations(work, whole, options.manipulations, draw)
        missed += _flips(work, whole, options.flips, draw)
        if options.events:
            _speed(work, options.events)
    sys.exit(1 if missed else 0)


def _whole(work: Path) -> Path:
    with folder_of(work / "whole", 30) as store:
        for number in range(24):
            decide(store, number, START + timedelta(hours=number))
        store.anchor()
    shutil.copy(work / "whole" / "anchors.jsonl", work / "kept")
    return work / "whole"


def _manipulations(work: Path, whole: Path, number: int, draw: random.Random) -> int:
    made, noticed, said = Counter[str](), Counter[str](), Counter[str]()
    for kind in mutations(number, draw):
        folder = copied(whole, work / "x")
        seq = tampered(folder, kind, draw)
        findings = found(folder, work / "kept")
        made[kind] += 1
        noticed[kind] += bool(findings)
        said[kind] += named(findings, kind, seq)
    for kind in made:
        print(f"{kind:48} made {made[kind]:4}  found {noticed[kind]:4}  named {said[kind]:4}")
    print(f"{'all':48} made {made.total():4}  found {noticed.total():4}  named {said.total():4}")
    return made.total() - min(noticed.total(), said.total())


def _flips(work: Path, whole: Path, number: int, draw: random.Random) -> int:
    noticed = bare = 0
    for _ in range(number):
        folder = copied(whole, work / "x")
        flipped(folder, draw)
        noticed += bool(found(folder, work / "kept"))
        (folder / SUMS).unlink()
        bare += bool(found(folder, work / "kept"))
    print(f"bit flips {number}: found {noticed}; without the sums {bare}")
    return number - noticed


def _speed(work: Path, events: int) -> None:
    """Each event opens a case: two rows each, as wide as rows of events are."""
    began = time.process_time()
    with folder_of(work / "large", events, a_transaction=20_000) as store:
        size = (store.folder / "cases.db").stat().st_size
    print(f"{events} events written in {time.process_time() - began:.0f} CPU s, {size >> 20} MB")
    began = time.process_time()
    with closing(to_read(work / "large")) as connection:
        assert not list(chain_of(connection, ()))
    chain = time.process_time() - began
    began = time.process_time()
    assert verify_folder(work / "large").findings == ()
    whole = time.process_time() - began
    print(f"chain {chain:.1f} CPU s; verify with all tables made anew {whole:.1f} CPU s")


if __name__ == "__main__":
    main()
