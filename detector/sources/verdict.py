"""One file, one verdict: whatever reading a file raises is said of that file, and of no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import polars as pl

from detector.at import AT
from detector.errors import EnduseError, Unreadable
from detector.sources.text import printable

# A panic of Rust is no Exception: nobody who catches those would see it.
_ANY: Final = (Exception, pl.exceptions.PanicException)


@contextmanager
def one_verdict(path: str) -> Iterator[None]:
    """Say of the file at ``path`` what a library raises of it; the sentence holds none of its text.

    What is told already passes, and so does a disk that fails: that is no file's fault.

    Raises
    ------
    Unreadable
        Names the file, and the kind of the failure.
    """
    try:
        with AT.get()(path):
            yield
    except (EnduseError, OSError):
        raise
    except MemoryError as error:
        raise Unreadable(
            f"{printable(path)} does not fit into the memory that is left; split the file, or "
            "give the process more memory and take it again"
        ) from error
    except _ANY as error:
        raise Unreadable(
            f"{printable(path)} cannot be read ({type(error).__name__} in a library); export or "
            "copy the file again"
        ) from error
