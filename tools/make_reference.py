"""Write the API reference as pages that need no network: `python tools/make_reference.py`.

It needs ``pip install -c constraints.txt -e '.[reference]'``. Every warning is an error: a name
without a page, a docstring that cannot be read. ``tests/house/test_reference.py`` asks that every
public name has a page and says what it does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "docs" / "reference"
#: Where the pages go; git ignores it.
TARGET = ROOT / "build" / "reference"


def make(target: Path) -> int:
    """Make all pages anew; 0 where nothing was wrong."""
    notes = target.with_name(f"{target.name}.doctrees")
    strict = ["--nitpicky", "--fail-on-warning", "--quiet", "--fresh-env"]
    places = ["-b", "html", "-d", str(notes), str(SOURCE), str(target)]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *strict, *places], check=False
    ).returncode


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=TARGET, help="the folder of the pages")
    out = parser.parse_args().out.resolve()
    failed = make(out)
    if not failed:
        print(out / "index.html")
    sys.exit(failed)
