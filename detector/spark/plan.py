"""Which task reads which files, and how many buckets the accounts are dealt into."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Final

TASKS_PER_CORE: Final = 4
TASK_BYTES: Final = 256 << 20
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
    >>> deal([5, 1, 1, 1], cores=1)
    [[0], [1], [2], [3]]
    >>> [len(files) for files in deal([10] * 100, cores=2)]
    [13, 13, 13, 13, 12, 12, 12, 12]
    """
    wanted = max(TASKS_PER_CORE * cores, -(-sum(sizes) // TASK_BYTES))
    tasks: list[list[int]] = [[] for _ in range(min(wanted, len(sizes)))]
    least = [(0, number) for number in range(len(tasks))]
    for file in sorted(range(len(sizes)), key=lambda n: (-sizes[n], n)):
        held, number = heapq.heappop(least)
        tasks[number].append(file)
        heapq.heappush(least, (held + max(sizes[file], 1), number))
    return [sorted(files) for files in tasks]


def bucket_count(total_bytes: int, cores: int) -> int:
    """How many buckets: two for each core, more where a bucket would be large.

    >>> bucket_count(1 << 20, cores=2), bucket_count(1 << 40, cores=64)
    (4, 4096)
    """
    return min(MAX_BUCKETS, max(2 * cores, -(-total_bytes // BUCKET_BYTES)))
