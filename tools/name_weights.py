"""Makes ``detector/policy/names/words/weights.csv``: how much a word of a name tells.

Counts in how many names of organisations each word occurs, on published government lists
(OFAC's SDN list of 2021, its aliases of 2025, and extracts of the Consolidated Screening List:
works of the United States government, in the public domain). It is made once and shipped;
lists in use are never counted.

    python tools/name_weights.py ../shared/data/screening
"""

from __future__ import annotations

import csv
import math
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.policy.names import tables
from detector.policy.names.normalise import readings

OUT: Final = Path(tables.__file__).parent / "words" / "weights.csv"
#: A word of fewer names keeps the full weight: it is rare, or one firm's own.
FEWEST: Final = 5
LEAST: Final = 10


def organisations(folder: Path) -> Iterator[str]:
    """Names of what is no person, vessel or aircraft, aliases among them."""
    kinds: dict[str, str] = {}
    for row in _rows(folder / "ofac_sdn.csv"):
        kinds[row[0]] = row[2].strip()
        if kinds[row[0]] == "-0-":
            yield row[1]
    for row in _rows(folder / "ofac_alt.csv"):
        # Of entries newer than the list of names, a comma before one given name marks a person.
        if kinds.get(row[0], "person" if _like_a_person(row[3]) else "-0-") == "-0-":
            yield row[3]
    with (folder / "csl_extract.csv").open(encoding="utf-8-sig", newline="") as file:
        for record in csv.DictReader(file):
            if record["type"] != "Individual":
                yield record["name"]


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="latin-1", newline="") as file:
        yield from (row for row in csv.reader(file) if len(row) > 3)


def _like_a_person(name: str) -> bool:
    before, comma, _ = name.partition(", ")
    return bool(comma) and before == before.upper() and name != name.upper()


def weights(names: Iterator[str]) -> list[tuple[str, int]]:
    """Words of many names, and their weight: the more names, the less."""
    counts = Counter(
        word
        for name in sorted(set(names))
        for word in {word for reading in readings(name) for word in reading.words}
        if word.isalpha()
    )
    return sorted(
        (word, max(LEAST, round(tables.FULL - 14 * math.log(count / FEWEST) - 5)))
        for word, count in counts.items()
        if count >= FEWEST
    )


def main() -> None:
    """Write the table."""
    rows = weights(organisations(Path(sys.argv[1])))
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["word", "weight"])
        writer.writerows(rows)
    print(f"{len(rows)} words in {OUT}")


if __name__ == "__main__":
    main()
