"""A disk that is full, or fails: at every single call that writes, in turn.

Run as ``python -m lab.cases.failing FOLDER`` under ``LD_PRELOAD`` of ``failing.c``: see `told_of`.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from detector.cases.errors import CasesError
from detector.cases.keeping.backup import backup
from detector.cases.record.store import Store
from detector.cases.record.verify import verify_folder
from lab.cases.made import START, decide, folder_of

_SOURCE: Final = Path(__file__).with_name("failing.c")
_ROOT: Final = Path(__file__).resolve().parents[2]
_MOST: Final = 500


def told_of(
    work: Path, *, every: int = 1, only: tuple[str, ...] = ("decide", "back up", "rewrite")
) -> dict[str, Any]:
    """Fail each call of each kind of work; what came of it.

    Parameters
    ----------
    every
        Only each so many calls.
    only
        The kinds of work: see ``WORK``.
    """
    return preloaded("lab.cases.failing", work, str(every), *only)


def preloaded(module: str, work: Path, *words: str) -> dict[str, Any]:
    """Run a module under ``failing.c`` with the folder, the library and words; what it prints."""
    library = work / "failing.so"
    subprocess.run(
        ["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl"],
        check=True, capture_output=True,
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", module, str(work), str(library), *words],
        check=True, capture_output=True, text=True, cwd=_ROOT,
        env={**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(_ROOT)},
    )  # fmt: skip
    held: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return held


def loaded(library: str) -> Any:
    """The library that was preloaded."""
    found = ctypes.CDLL(library)
    found.calls_made.restype = ctypes.c_long
    found.fail_at.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_int]
    return found


def _decides(folder: Path) -> int:
    with Store(folder) as cases:
        return decide(cases, 3, START + timedelta(hours=9)).judgement_id


def _backs_up(folder: Path) -> int:
    with Store(folder) as cases:
        return backup(cases, START)[1].seq


def _rewrites(folder: Path) -> int:
    with Store(folder) as cases:
        cases.rewrite()
        return cases.head().seq


WORK: Final[dict[str, Callable[[Path], int]]] = {
    "decide": _decides, "back up": _backs_up, "rewrite": _rewrites,
}  # fmt: skip


def _series(
    whole: Path,
    work: Path,
    do: Callable[[Path], int],
    code: int,
    library: Any,
    every: int,
    stays: int,
) -> dict[str, Any]:
    told: dict[str, Any] = {"calls": 0, "refused": 0, "done": 0, "seconds": 0.0, "faults": []}
    for number in range(1, _MOST, every):
        folder = work / "x"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        began = time.monotonic()
        library.fail_at(number, code, stays)
        acknowledged, sentence = None, None
        try:
            acknowledged = do(folder)
        except (CasesError, OSError) as error:
            sentence = f"{type(error).__name__}: {error}"
        made = library.calls_made()
        library.fail_at(0, 0, 0)
        if made < number:
            break
        told["calls"] += 1
        told["seconds"] = max(told["seconds"], time.monotonic() - began)
        told["done" if sentence is None else "refused"] += 1
        told["faults"] += _wrong(folder, acknowledged, number)
    return told


def _wrong(folder: Path, acknowledged: int | None, number: int) -> list[str]:
    """What is not as it must be after a failure: acknowledged work is there, the rest works."""
    try:
        with Store(folder) as cases:
            if acknowledged is not None and cases.head().seq < acknowledged:
                return [f"call {number}: event {acknowledged} was acknowledged and is lost"]
            with suppress(CasesError):
                decide(cases, 4, START + timedelta(hours=10))
            if cases.head().seq == 0:
                return [f"call {number}: nothing can be written any more"]
        return [f"call {number}: {one.sentence}" for one in verify_folder(folder).findings]
    except (CasesError, OSError) as error:
        return [f"call {number}: {type(error).__name__}: {error}"]


def main() -> None:
    """Fail every call and print what came of it as JSON."""
    work, library, every = Path(sys.argv[1]), loaded(sys.argv[2]), int(sys.argv[3])
    whole = work / "whole"
    folder_of(whole, 6).close()
    told = {
        f"{name}, {word}{', and all after it' if stays else ''}": _series(
            whole, work, do, code, library, every, stays
        )
        for name, do in ((name, WORK[name]) for name in sys.argv[4:])
        for word, code in (("disk full", errno.ENOSPC), ("disk fails", errno.EIO))
        for stays in (0, 1)
    }
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main()
