"""How many examples a slow law sees, and which of several settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet
from hypothesis import settings

#: What the profile ``quick`` gives a law that asks for nothing.
QUICK = 10


def examples(whole: int) -> int:
    """So many; of a law that takes its time, a fifth where the profile is the quick one."""
    return whole if settings.default.max_examples > QUICK else max(2, whole // 5)


def first(values: Iterable[Any], count: int = 1) -> list[Any]:
    """For ``parametrize``: all values, of which those past the first few are long tests."""
    return [value if place < count else _long(value) for place, value in enumerate(values)]


def _long(value: Any) -> Any:
    named = value if isinstance(value, ParameterSet) else pytest.param(value)
    return pytest.param(*named.values, marks=[*named.marks, pytest.mark.long], id=named.id)
