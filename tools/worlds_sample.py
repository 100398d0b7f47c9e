"""Make sample_logs/ and its truth again: the same bytes from the same seed.

Run ``python tools/worlds_sample.py`` in the repository.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.simulate import simulate

PRESET, ACCOUNTS, DAYS, SEED = "public_cases", 1000, 45, 7
ROOT = Path(__file__).resolve().parents[1]


def make(folder: Path) -> Path:
    """Write the sample into an empty folder; return its truth file."""
    return simulate(PRESET, ACCOUNTS, DAYS, SEED, folder, layout="mixed")


def main() -> None:
    """Replace the tables of sample_logs/, leaving README.md and real/ alone."""
    target, truths = ROOT / "sample_logs", ROOT / "tests" / "data"
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary) / "sample_logs"
        make(fresh)
        for entry in sorted(fresh.iterdir()):
            old = target / entry.name
            if old.is_dir():
                shutil.rmtree(old)
            (shutil.copytree if entry.is_dir() else shutil.copyfile)(entry, old)
        for name in ("truth", "policy_truth", "leads_truth", "books"):
            shutil.copyfile(f"{fresh}.{name}.parquet", truths / f"sample_logs.{name}.parquet")


if __name__ == "__main__":
    main()
