"""Teach the prior that ships: worlds of the dev ranges, many rings, many kinds of world.

    python tools/teach_prior.py [--out FOLDER] [--accounts N] [--leave-out T03 …]

Writes ``detector/priors/simulated``. The valid and test ranges are never read.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.pipeline.teaching import Lesson, teach_prior
from detector.pipeline.training import SHIPPED, SHIPPED_FOLDER
from detector.simulate import simulate
from models.files.prior import save_prior

DAYS = 60
FIRST_SEED = 4001
# Prevalence is high so that there is something to learn; the ranks it gives carry over.
SETTINGS = {"prevalence": 0.08, "wrongs": 0.03}
ALIKE = (
    "standard", "standard", "standard", "standard", "volume_matched", "volume_matched",
    "throttle", "mimic", "aged", "perfect_kyc", "no_access", "split5",
)  # fmt: skip
# Worlds that differ in who is there and how openly rings work: other providers do, too.
VARIED = (*ALIKE, "standard", "standard", "standard", "volume_matched")
VARIETY = 0.8
WORLDS = (*((preset, 0.0) for preset in ALIKE), *((preset, VARIETY) for preset in VARIED))


def main() -> None:
    """Simulate the lessons, teach, and write the prior."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SHIPPED_FOLDER / SHIPPED)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--leave-out", nargs="*", default=[])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        lessons = []
        for at, (preset, variety) in enumerate(WORLDS):
            folder = Path(scratch) / f"{at}_{preset}"
            settings = {**SETTINGS, "variety": variety}
            simulate(preset, options.accounts, DAYS, FIRST_SEED + at, folder, settings=settings)
            lessons.append(Lesson.of(folder))
            print(folder.name, flush=True)
        prior = teach_prior(
            lessons, left_out=options.leave_out, progress=lambda stage, _: print(stage, flush=True)
        )
    worlds = [f"{preset} {FIRST_SEED + at}" for at, (preset, _) in enumerate(WORLDS)]
    meta = {
        "name": SHIPPED,
        "worlds": worlds,
        "left_out": options.leave_out,
        "variety": VARIETY,
        **SETTINGS,
    }
    save_prior(prior, options.out, meta)
    print(f"prior in {options.out}")


if __name__ == "__main__":
    main()
