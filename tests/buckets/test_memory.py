"""How much memory there is, and how many buckets of accounts follow from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.buckets.memory import MOST_BUCKETS, bucket_count, free
from detector.config import load_settings
from detector.errors import UsageError

GB = 1 << 30


def system(root: Path, files: dict[str, str]) -> Path:
    for name, text in {"proc/meminfo": "MemAvailable:  8388608 kB\n", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_what_is_free_is_what_the_system_says(tmp_path: Path) -> None:
    assert free(system(tmp_path, {})) == 8 * GB


def test_the_bound_of_a_group_above_counts(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/team"
    files = {
        "proc/self/cgroup": "0::/team/job\n", f"{group}/memory.max": f"{4 * GB}\n",
        f"{group}/memory.current": f"{3 * GB}\n", f"{group}/job/memory.max": "max\n",
        f"{group}/memory.stat": f"anon 5\ninactive_file {GB}\n",
    }  # fmt: skip
    assert free(system(tmp_path, files)) == 2 * GB


def test_the_bound_of_an_older_group_counts(tmp_path: Path) -> None:
    folder = "sys/fs/cgroup/memory/docker"
    files = {
        "proc/self/cgroup": "7:cpu:/x\n5:memory:/docker\n",
        f"{folder}/memory.limit_in_bytes": f"{2 * GB}\n",
        f"{folder}/memory.usage_in_bytes": f"{GB}\n",
    }
    assert free(system(tmp_path, files)) == GB


@given(st.integers(1, 1 << 50), st.integers(1, 1 << 50))
def test_what_has_room_is_not_dealt_out(wanted: int, memory: int) -> None:
    count = bucket_count(wanted, memory)
    assert (count == 1) == (wanted <= memory)
    assert 1 <= count <= MOST_BUCKETS


@pytest.mark.parametrize(
    ("text", "size"), [("2GB", 2 * GB), ("512mb", GB // 2), ("1.5 GB", 3 * GB // 2)]
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert load_settings({"memory": text}, environ={}).settings.memory_bytes == size


@pytest.mark.parametrize(
    "text", ["2", "two GB", "0GB", "-1GB", "2GB of it", "9" * 400 + "GB", "٢GB"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected a size such as 2GB or 512MB"):
        load_settings({"memory": text}, environ={})
