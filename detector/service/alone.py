"""One file, tried in a process of its own: read as a worker reads it, and let go of again."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from detector.errors import EnduseError
from detector.pipeline.ingest import ingest
from detector.service.limits import limited, seconds_for
from detector.sources.listing import Listed
from detector.state.folder import STAGING
from features.catalogue import Catalogue

if TYPE_CHECKING:
    from detector.service.worker import Options

_WORK: Final = "from detector.service.alone import serve_one; serve_one()"
_SLOWEST: Final = 20.0


def try_alone(options: Options, file: Listed) -> str | None:
    """Read a file (with it the delivery it belongs to) in another process.

    Returns
    -------
    str or None
        How that process ended, where it did not come to the end of its work.
    """
    scratch = Path(options.state) / STAGING / f"alone.{secrets.token_hex(6)}"
    asked = {"options": asdict(options), "scratch": str(scratch), "path": file.path,
             "delivery": file.delivery}  # fmt: skip
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _WORK],
            input=json.dumps(asked),
            stdout=subprocess.DEVNULL,
            text=True,
            timeout=_SLOWEST * seconds_for(file.mark[1]),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "without an end"
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if done.returncode < 0:
        return f"by signal {-done.returncode}"
    return f"with exit code {done.returncode}" if done.returncode else None


def serve_one() -> None:
    """Read the file that standard input names; what is wrong with it the worker finds again."""
    asked: dict[str, Any] = json.load(sys.stdin)
    options: dict[str, Any] = asked["options"]
    delivery = None if asked["delivery"] is None else tuple(asked["delivery"])
    key, override = options["pseudonym_key"], options["catalogue_override"]

    def is_asked(file: Listed) -> bool:
        return file.path == asked["path"] or (delivery is not None and file.delivery == delivery)

    try:
        ingest(
            options["inbox"], Path(asked["scratch"]), reject=True, max_bad=options["max_bad"],
            catalogue=Catalogue.load(Path(override) if override else None),
            hash_key=bytes.fromhex(options["hash_key"]), ready=is_asked, guard=_limited,
            pseudonym_key=bytes.fromhex(key) if key else None,
        )  # fmt: skip
    except (EnduseError, OSError):
        # The inbox has gone, or the disk is full: that tells nothing of the file.
        return


@contextmanager
def _limited(file: Listed, _sha256: str) -> Iterator[None]:
    with limited(file.mark[1]):
        yield
