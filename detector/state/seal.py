"""Plain values as bytes that tell whether they are whole: JSON in one spelling, and a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

T = TypeVar("T")
_HEAD: Final = b'{"body":'
_MIDDLE: Final = b',"digest":"'
_TAIL: Final = b'"}'
_HEX: Final = 64


def sealed(body: Mapping[str, Any]) -> bytes:
    """A body with its digest, in one spelling only."""
    return _sealed(canonical(body))


def _sealed(told: bytes) -> bytes:
    return _HEAD + told + _MIDDLE + hashlib.sha256(told).hexdigest().encode() + _TAIL


def opened(data: bytes, read: Callable[[dict[str, Any]], T]) -> T:
    """Read what ``sealed`` wrote. The digest is that of the bytes: nothing is spelt again.

    Raises
    ------
    ValueError
        Where it is cut off or changed, or the body is not what ``read`` expects.
    """
    end = len(data) - len(_TAIL) - _HEX - len(_MIDDLE)
    told = data[len(_HEAD) : end]
    if _sealed(told) != data:
        raise ValueError("the digest does not fit")
    try:
        return read(json.loads(told))
    except (KeyError, TypeError, AttributeError, RecursionError, ValueError) as error:
        raise ValueError(type(error).__name__) from error


def digest_of(data: bytes) -> str:
    """The digest that stands in what ``sealed`` wrote."""
    return data[-len(_TAIL) - _HEX : -len(_TAIL)].decode("ascii", "replace")


def canonical(value: Any) -> bytes:
    """JSON with one spelling only."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return text.encode()
