"""How much memory a run may take, what one takes that holds all, and how many buckets follow."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from detector.sources import InputFile

#: What a run takes beside what it reads: the program, its models, its pages.
BASE: Final = 400 << 20
#: Bytes of memory for each byte of a compressed file (``docs/benchmarks/score.md``), and of any
#: other.
PACKED: Final = 11.0
PLAIN: Final = 2.5
#: Buckets for as many times as a run that holds all would take its memory.
PER_EXCESS: Final = 4
MOST_BUCKETS: Final = 512
_KEPT: Final = re.compile(r"^(?:total_)?inactive_file (\d+)$", re.MULTILINE)
_PACKED: Final = (".parquet", ".gz", ".zst", ".bz2", ".xz", ".zip")


def needed(files: Iterable[InputFile]) -> int:
    """The bytes that a run takes that holds all these files' rollups at once, about.

    Examples
    --------
    >>> needed([]) == BASE
    True
    """
    return BASE + int(sum(f.bytes * (PACKED if f.path.endswith(_PACKED) else PLAIN) for f in files))


def bucket_count(wanted: int, memory: int) -> int:
    """How many buckets a run works in that wants more memory than it may have; 1 where not.

    Examples
    --------
    >>> bucket_count(1 << 30, 2 << 30), bucket_count(8 << 30, 2 << 30)
    (1, 16)
    """
    if wanted <= memory:
        return 1
    return min(MOST_BUCKETS, -(-PER_EXCESS * wanted // memory))


def free(root: Path = Path("/")) -> int:
    """The bytes of memory that this process could still take: the system's, or its cgroup's."""
    return min([_of_system(root), *_of_groups(root)])


def _of_system(root: Path) -> int:
    told = _text(root / "proc/meminfo")
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", told, re.MULTILINE)
    if found:
        return int(found[1]) << 10
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _of_groups(root: Path) -> Iterator[int]:
    """What is left below the bound of each group of processes that this one is in."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0":
            yield from _left(root / "sys/fs/cgroup", path, "memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            names = "memory.limit_in_bytes", "memory.usage_in_bytes"
            yield from _left(root / "sys/fs/cgroup/memory", path, *names)


def _left(mount: Path, path: str, bound: str, used: str) -> Iterator[int]:
    folder = mount / path.lstrip("/")
    # In a container the group that is named may be the one that is mounted.
    for group in (folder, *folder.parents):
        most, now = _text(group / bound).strip(), _text(group / used).strip()
        if most.isdecimal() and now.isdecimal():
            # What files are read through is given back when it is asked for.
            kept = _KEPT.search(_text(group / "memory.stat"))
            yield max(0, int(most) - int(now) + (int(kept[1]) if kept else 0))
        if group == mount:
            return


def _text(path: Path) -> str:
    """What a file of the system says; nothing where it has no such file."""
    try:
        return path.read_text()
    except OSError:
        return ""
