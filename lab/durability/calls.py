"""The calls of this process that change a disk, watched one by one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

WATCHED: Final = ("write", "fsync", "replace", "rename", "mkdir", "unlink", "rmdir", "symlink",
                  "link")  # fmt: skip

Watch = Callable[[str, tuple[Any, ...], Callable[[], Any]], Any]
"""Told of a call's name and arguments; makes the call itself, or does not."""


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Let ``watch`` make the calls; what it calls itself is not watched."""
    real = {name: getattr(os, name) for name in WATCHED}
    inside = False

    def stand_in(name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            nonlocal inside
            if inside:
                return real[name](*given, **named)
            inside = True
            try:
                return watch(name, given, lambda: real[name](*given, **named))
            finally:
                inside = False

        return call

    for name in WATCHED:
        setattr(os, name, stand_in(name))
    try:
        yield
    finally:
        for name, call in real.items():
            setattr(os, name, call)
