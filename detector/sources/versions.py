"""Versions inside a delivery: of files that repeat each other's rows, the newest run counts.

An export writes each of its runs into a new folder, and a copy of a bucket leaves parts of an
older run behind. Without a manifest the rows tell: a *sketch* of each file holds the least
hashes of what a charge is (account, period, resource, SKU, quantity), so that two sketches say
which share of one file stands in another (bottom-k sketches: Cohen and Kaplan, 2007).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.errors import DataError
from detector.sources.text import printable

SKETCH: Final = 4096
"""Hashes that are kept of a file; a file of fewer rows is known whole."""
HEAD: Final = 8
"""Charges at the beginning of a file that are compared outside deliveries."""
BULK: Final = 0.5
"""Share of a file's rows that stand in another from which it is a version of it."""
CLOCK_SLACK_NS: Final = 2_000_000_000
"""File times nearer to each other tell of one copy, not of two runs."""
IDENTITY: Final = (
    "BillingAccountId", "SubAccountId", "ChargePeriodStart", "ChargePeriodEnd", "ResourceId",
    "ServiceName", "RegionId", "ChargeCategory", "SkuId", "SkuMeter", "ConsumedQuantity",
)  # fmt: skip
_PERIODS: Final = re.compile(r"(?:BILLING_PERIOD=[^/]+|(?<!\d)\d{8}-\d{8}(?!\d))")
_MOMENT: Final = re.compile(
    r"(?<!\d)(20\d\d)-?(\d\d)-?(\d\d)(?:[T_ -]?(\d\d)[-:_]?(\d\d)(?:[-:_]?(\d\d))?)?(?!\d)"
)

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Version:
    """One file of a delivery: ``below`` is its path inside it, ``changed`` its time in ns.

    ``content`` is the hash of its bytes.
    """

    path: str
    below: str
    changed: int
    sketch: Hashes
    content: str

    @property
    def run(self) -> str:
        """The run that wrote it: its folder, or the time in its name where that has none."""
        below = PurePosixPath(self.below)
        named = None if run_time(self.folder) else run_time(below.name)
        return f"{self.folder}/{named}" if named else self.folder

    @property
    def folder(self) -> str:
        """The folder in which it lies."""
        return str(PurePosixPath(self.below).parent)


def run_time(path: str) -> str | None:
    """The time at which a run was made, as its path has it; the days of a period are none.

    >>> run_time("20260301-20260331/20260305T101500Z/part.csv"), run_time("x/part_0_0001.csv")
    ('20260305101500', None)
    """
    found = _MOMENT.findall(_PERIODS.sub("", path))
    return "".join(part or "00" for part in found[-1]) if found else None


def sketch(frame: pl.DataFrame) -> Hashes:
    """The least ``SKETCH`` hashes of a frame's charges, sorted; like charges are numbered.

    The hash of a charge that stands in the frame several times is odd, that of another even:
    without a resource, those of ten like machines are alike in every part of one run, and tell
    nothing of parts; but of runs they do.
    """
    hashes = frame.select(pl.struct(pl.col(IDENTITY)).hash(seed=0).alias("hash"))["hash"]
    alike = hashes.is_duplicated()
    once = hashes.filter(~alike) // 2 * 2
    several = hashes.filter(alike).to_frame().select(_numbered() // 2 * 2 + 1).to_series()
    least = pl.concat([once, several]).bottom_k(SKETCH).sort()
    return least.to_numpy().astype(np.uint64)


def _numbered() -> pl.Expr:
    """Hashes of like charges, made different by their number."""
    number = pl.int_range(pl.len(), dtype=pl.UInt64).over("hash")
    return pl.when(number == 0).then("hash").otherwise(pl.struct("hash", number).hash(seed=0))


def every(hashes: Hashes) -> Hashes:
    """All charges of a sketch alike, whether they stand once in their file or several times."""
    return np.unique(hashes - hashes % np.uint64(2))


def head(frame: pl.DataFrame) -> tuple[int, ...]:
    """Hashes of the first charges of a file: versions of an export begin alike."""
    first = frame.head(HEAD)
    return tuple(first.select(pl.struct(pl.col(IDENTITY)).hash(seed=0)).to_series().to_list())


def begin_alike(heads: Mapping[str, Sequence[int]]) -> list[tuple[str, str]]:
    """Pairs of files outside deliveries that begin with the same charges, by path."""
    holders: dict[int, str] = {}
    shared: Counter[tuple[str, str]] = Counter()
    for path, hashes in sorted(heads.items()):
        for value in set(hashes):
            first = holders.setdefault(value, path)
            if first != path:
                shared[first, path] += 1
    return [
        (one, other)
        for (one, other), rows in shared.items()
        if rows >= max(2, BULK * min(len(set(heads[one])), len(set(heads[other]))))
    ]


def said_of_heads(heads: Mapping[str, Sequence[int]]) -> list[str]:
    """A sentence about files that may be versions of one export, which nobody told apart."""
    pairs = begin_alike(heads)
    if not pairs:
        return []
    one, other = map(printable, pairs[0])
    more = f", and {len(pairs) - 1} more pairs do" if len(pairs) > 1 else ""
    return [
        f"{one} and {other} begin with the same charges{more}; both were counted: if one is a "
        "newer version of the other, keep the newer one alone, or put both below "
        "source=…/period=…/"
    ]


def joined(sketches: Iterable[Hashes]) -> Hashes:
    """The sketch of several files together."""
    together = [np.empty(0, dtype=np.uint64), *sketches]
    return np.unique(np.concatenate(together))[:SKETCH]


def share_in(one: Hashes, other: Hashes, *, once: bool = False) -> float:
    """The share of the rows of one sketch's file that stand in the other's, 0 to 1.

    ``once``: of the rows that stand once in their file.
    """
    ends = [int(s[-1]) for s in (one, other) if len(s) >= SKETCH]
    seen = one[one <= min(ends)] if ends else one
    if once:
        seen = seen[seen % np.uint64(2) == 0]
    return float(np.isin(seen, other).mean()) if len(seen) else 0.0


def passed_over(files: Sequence[Version]) -> Mapping[str, str]:
    """Files of one delivery that do not count, and why as the rest of a sentence.

    Raises
    ------
    DataError
        If files repeat each other's rows and it cannot be told which is newest.
    """
    runs: dict[str, list[Version]] = {}
    folders: dict[str, list[Version]] = {}
    for file in sorted(files, key=lambda f: f.path):
        runs.setdefault(file.run, []).append(file)
        folders.setdefault(file.folder, []).append(file)
    out = _older_runs(runs)
    out |= _copies([file for run in runs.values() for file in run if file.path not in out])
    for folder in folders.values():
        out |= _stale_parts([file for file in folder if file.path not in out])
    return out


def _older_runs(runs: Mapping[str, list[Version]]) -> dict[str, str]:
    """Files of runs that another run repeats."""
    whole = {name: joined(every(f.sketch) for f in run) for name, run in runs.items()}
    out: dict[str, str] = {}
    left = list(runs)
    while pair := _repeating(left, whole):
        old, new = _ordered(pair, runs, whole)
        for file in runs[old]:
            shown = printable(runs[new][0].path)
            out[file.path] = f"is of an older run of the export: {shown} repeats its rows"
        left.remove(old)
    return out


def _copies(files: Sequence[Version]) -> dict[str, str]:
    """Files of a content that another file brings already."""
    first: dict[str, str] = {}
    for file in files:
        first.setdefault(file.content, file.path)
    return {
        file.path: f"has the same content as {printable(first[file.content])}"
        for file in files
        if first[file.content] != file.path
    }


def _repeating(names: Sequence[str], whole: Mapping[str, Hashes]) -> tuple[str, str] | None:
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            shared = max(share_in(whole[one], whole[other]), share_in(whole[other], whole[one]))
            if shared >= BULK:
                return one, other
    return None


def _ordered(
    pair: tuple[str, str], runs: Mapping[str, list[Version]], whole: Mapping[str, Hashes]
) -> tuple[str, str]:
    """The older and the newer of two runs: by a time in the path, a file time, or rows alone."""
    one, other = pair
    for times in (
        [run_time(name) or "" for name in pair],
        [_time_of(runs[name]) for name in pair],
    ):
        if times[0] and times[1] and times[0] != times[1]:
            return (one, other) if times[0] < times[1] else (other, one)
    changed = [max(f.changed for f in runs[name]) for name in pair]
    if abs(changed[0] - changed[1]) > CLOCK_SLACK_NS:
        return (one, other) if changed[0] < changed[1] else (other, one)
    if share_in(whole[one], whole[other]) == 1.0:
        return one, other
    if share_in(whole[other], whole[one]) == 1.0:
        return other, one
    raise _cannot_tell(runs[one][0].path, runs[other][0].path)


def _time_of(run: Sequence[Version]) -> str:
    """The latest time in a name of a run's files."""
    return max((run_time(file.below) or "" for file in run), default="")


def _stale_parts(run: list[Version]) -> dict[str, str]:
    """Files of one folder that the others repeat: parts that an older run left behind."""
    out: dict[str, str] = {}
    left = sorted(run, key=lambda f: (f.changed, f.path))
    while suspect := [f for f in left if _repeated(f, left) >= BULK]:
        stale = _stalest(suspect, left)
        out[stale.path] = "repeats rows of other files of its delivery: an older run left it"
        left.remove(stale)
    return out


def _repeated(file: Version, among: Sequence[Version]) -> float:
    others = joined(f.sketch for f in among if f is not file)
    return share_in(file.sketch, others, once=True)


def _stalest(suspect: list[Version], left: Sequence[Version]) -> Version:
    """The oldest of them by file time, else one whose rows all stand in the others."""
    first, rest = suspect[0], suspect[1:]
    if all(other.changed - first.changed > CLOCK_SLACK_NS for other in rest) and rest:
        return first
    whole = [file for file in suspect if _repeated(file, left) == 1.0]
    if whole:
        return min(whole, key=lambda f: (len(f.sketch), f.path))
    raise _cannot_tell(suspect[0].path, suspect[-1].path)


def _cannot_tell(one: str, other: str) -> DataError:
    return DataError(
        f"{printable(one)} and {printable(other)} are of one delivery and repeat each other's "
        "rows, and neither a manifest, a time in their paths nor the file times tell which is "
        "the newer run: keep the newest run alone (copy into an empty folder, or with --delete), "
        "or put each run below a folder that is named by its time, such as 2026-03-31T0600Z/"
    )
