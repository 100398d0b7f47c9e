"""What is promised is broken on purpose: ``python benchmarks/mutations.py``.

Each mutation (no fsync, renames in two steps, digests that nobody compares …) is put in place in
a process of its own, without a change of the source, and the test that shows the promise must
fail there; unharmed, all those tests must pass. Prints a table; exit code 1 where a mutation
lives.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from lab.durability.mutations import MUTATIONS

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(MUTATIONS), metavar="MUTATION")
    parser.add_argument("--list", action="store_true", help="name the mutations and their tests")
    options = parser.parse_args()
    if options.list:
        for name, one in MUTATIONS.items():
            print(f"{name}: {one.test}")
        return
    lives = 0 if _run() == 0 else 1
    if lives:
        print("unharmed, the tests do not pass")
    for name in options.only:
        code = _run(name)
        lives += code != 1
        print(f"{'caught' if code == 1 else f'LIVES ({code})':10} {name}: {MUTATIONS[name].test}",
              flush=True)  # fmt: skip
    sys.exit(1 if lives else 0)


def _run(*words: str) -> int:
    """0 where the tests pass, 1 where one fails, more where they could not run."""
    command = [sys.executable, "-m", "lab.durability.mutations", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode


if __name__ == "__main__":
    main()
