"""Which task reads which files, and how many buckets the accounts are dealt into."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Final

TASKS_PER_CORE: Final = 4
TASK_BYTES: Final = 256 << 20
# Less than this is not worth a task of its own, where every core has one.
SMALL_BYTES: Final = 4 << 20
BUCKET_BYTES: Final = 64 << 20
MAX_BUCKETS: Final = 4096


def deal(sizes: Sequence[int], cores: int) -> list[list[int]]:
    """Deal files to tasks: the largest first, each to the task that has the least so far.

    Parameters
    ----------
    sizes
        Bytes of each file.
    cores
        Tasks that run at once.

    Returns
    -------
    list of list of int
        For each task the numbers of its files, in their order; no task is empty.

    Examples
    --------
    >>> deal([5, 1, 1, 3], cores=2)
    [[0], [1, 2, 3]]
    >>> [len(files) for files in deal([10 << 20] * 100, cores=2)]
    [13, 13, 13, 13, 12, 12, 12, 12]
    """
    total = sum(sizes)
    several = min(TASKS_PER_CORE * cores, -(-total // SMALL_BYTES))
    wanted = max(cores, several, -(-total // TASK_BYTES))
    tasks: list[list[int]] = [[] for _ in range(min(wanted, len(sizes)))]
    least = [(0, number) for number in range(len(tasks))]
    for file in sorted(range(len(sizes)), key=lambda n: (-sizes[n], n)):
        held, number = heapq.heappop(least)
        tasks[number].append(file)
        heapq.heappush(least, (held + max(sizes[file], 1), number))
    return [sorted(files) for files in tasks]


def bucket_count(total_bytes: int, cores: int) -> int:
    """How many buckets: one for each core, more where a bucket would be large.

    >>> bucket_count(1 << 20, cores=2), bucket_count(1 << 40, cores=64)
    (2, 4096)
    """
    return min(MAX_BUCKETS, max(cores, -(-total_bytes // BUCKET_BYTES)))
