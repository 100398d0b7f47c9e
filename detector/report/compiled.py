"""Templates as Python compiled them, kept where it keeps compiled modules.

To read and compile the report's templates takes longer than to fill them in. What was compiled
stands in ``__pycache__`` beside this module, as trusted as the modules there, and holds for the
very text, version of Jinja and settings (``templating.py``) that it was made of. Where nothing can
be written, or Python was told not to, each process compiles its own, once.
"""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

_BESIDE: Final = Path(__file__).parent


class Compiled(BytecodeCache):
    """Keeps what templates were compiled to, in this process and for the next."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def get_source_checksum(self, source: str) -> str:
        """All that decides what a template is compiled to."""
        return hashlib.sha256(f"{_settings()}\0{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was kept of just this text; else it stays empty."""
        if bucket.key not in self._held:
            try:
                self._held[bucket.key] = _place(bucket).read_bytes()
            except OSError:
                return
        bucket.bytecode_from_string(self._held[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a bucket holds, whole or not at all."""
        held = self._held[bucket.key] = bucket.bytecode_to_string()
        if sys.dont_write_bytecode:
            return
        place = _place(bucket)
        new = place.with_suffix(f".{os.getpid()}")
        try:
            place.parent.mkdir(exist_ok=True)
            new.write_bytes(held)
            new.replace(place)
        except OSError:
            return


@cache
def compiled() -> Compiled:
    """What all environments of a process share."""
    return Compiled()


def _place(bucket: Bucket) -> Path:
    return _BESIDE / "__pycache__" / f"{bucket.key}.{sys.implementation.cache_tag}.j2c"


@cache
def _settings() -> str:
    made = (_BESIDE / "templating.py").read_bytes()
    return f"{jinja2.__version__} {hashlib.sha256(made).hexdigest()}"
