"""Teach the prior that ships: many rings, many kinds of world, several makes.

    python tools/teach_prior.py [--out FOLDER] [--kept FOLDER] [--without MAKE] [--size 0.5]

Writes ``detector/priors/simulated``. Worlds are of the ranges that teach; those that judge are
never read. ``--without`` leaves one make out: the prior that is judged on it (see
``benchmarks/makes.py``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.pipeline.binding import specs
from detector.pipeline.training import SHIPPED, SHIPPED_FOLDER
from lab.lessons import EVERY, OWN, Plan, of_makes, taught
from lessons import MAKES
from models.account.prior import teach
from models.files.prior import save_prior

DAYS = 60
FIRST_SEED = 4001
# Prevalence is high so that there is something to learn; the ranks it gives carry over.
SETTINGS = {"prevalence": 0.08, "wrongs": 0.03}
ALIKE = (
    "standard", "standard", "volume_matched", "throttle", "mimic", "aged", "perfect_kyc",
    "no_access",
)  # fmt: skip
# Worlds that differ in who is there and how openly rings work: other providers do, too.
VARIED = (
    "standard", "standard", "standard", "volume_matched", "split5", "mimic", "no_access", "aged",
)  # fmt: skip
VARIETY = 0.8
WORLDS = (*((preset, 0.0) for preset in ALIKE), *((preset, VARIETY) for preset in VARIED))
ACCOUNTS = 5_000
# Other makes say themselves how many of their accounts are planted: worlds are small, and many.
OTHERS = ("standard", "standard", "standard", "standard", "volume_matched", "volume_matched",
          "no_access", "no_access", "poison", "clean")  # fmt: skip
OTHERS_ACCOUNTS, OTHERS_FIRST_SEED = 3_000, 5_001


def curriculum(size: float = 1.0) -> list[Plan]:
    """Every lesson of the shipped prior; worlds have ``size`` times as many accounts."""
    own = [
        Plan(OWN, preset, int(ACCOUNTS * size), DAYS, FIRST_SEED + at,
             {**SETTINGS, "variety": variety})
        for at, (preset, variety) in enumerate(WORLDS)
    ]  # fmt: skip
    others = [
        Plan(make, preset, int(OTHERS_ACCOUNTS * size), DAYS, OTHERS_FIRST_SEED + at)
        for make in MAKES
        for at, preset in enumerate(OTHERS)
    ]
    return own + others


def main() -> None:
    """Make the lessons, teach, and write the prior."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SHIPPED_FOLDER / SHIPPED)
    parser.add_argument("--kept", type=Path, default=Path("/tmp/enduse-lessons"))
    parser.add_argument("--without", choices=EVERY, nargs="*", default=[])
    parser.add_argument("--size", type=float, default=1.0)
    options = parser.parse_args()
    plans = curriculum(options.size)
    lessons = taught(plans, options.kept, told=lambda name: print(name, flush=True))
    makes = [make for make in EVERY if make not in options.without]
    prior = teach(of_makes(lessons, makes), specs())
    worlds = [plan.name for plan in plans if plan.make in makes]
    meta = {"name": SHIPPED, "worlds": worlds, "makes": makes, "variety": VARIETY, **SETTINGS}
    save_prior(prior, options.out, meta)
    print(f"prior in {options.out}")


if __name__ == "__main__":
    main()
