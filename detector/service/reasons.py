"""What is wrong, in one word: a label that an alert can name, where a sentence cannot go."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Final

from detector.errors import (
    DataError,
    ModelError,
    OutputError,
    StateDamaged,
    StateError,
    StateHeld,
    Unreachable,
)
from detector.service.stages import Fell

DIED: Final = "died"
_BY_NUMBER: Final = {
    errno.ENOSPC: "no_space", errno.EDQUOT: "no_space",
    errno.EACCES: "no_permission", errno.EPERM: "no_permission", errno.EROFS: "no_permission",
    errno.EIO: "disk", errno.ENOMEM: "no_memory",
}  # fmt: skip
_BY_CLASS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (MemoryError, "no_memory"),
    (StateDamaged, "state_damaged"),
    (StateHeld, "state_held"),
    (Unreachable, "unreachable"),
    (ModelError, "model"),
    (DataError, "data"),
    (StateError, "state"),
    (OutputError, "output"),
    (Fell, DIED),
)
OTHER: Final = "other"
REASONS: Final = (
    *dict.fromkeys([*_BY_NUMBER.values(), *(word for _, word in _BY_CLASS)]), OTHER
)  # fmt: skip


def reason_of(error: BaseException) -> str:
    """The word for an error: the number of the system's that caused it, else its own kind.

    >>> reason_of(OSError(errno.ENOSPC, "No space left on device"))
    'no_space'
    >>> reason_of(StateDamaged("the manifest is damaged"))
    'state_damaged'
    """
    for one in _causes(error):
        if isinstance(one, OSError) and one.errno in _BY_NUMBER:
            return _BY_NUMBER[one.errno]
    return next((word for kind, word in _BY_CLASS if isinstance(error, kind)), OTHER)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__
