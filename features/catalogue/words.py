"""Names of instances and GPUs as they stand in free text, brought to one spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

T = TypeVar("T")

TEXT_LIMIT: Final = 4096
_INSTANCE_WORDS: Final = 6
_MODEL_WORDS: Final = 5
_PREFIXES: Final = ("standard_", "basic_", "ml.", "hosted_")
_SPLIT_INSTANCE: Final = re.compile(r"[^a-z0-9.-]+")
_SPLIT_MODEL: Final = re.compile(r"[^a-z0-9]+")


def instance_key(name: str) -> str:
    """Return the one spelling of an instance name.

    Examples
    --------
    >>> instance_key("Standard_ND96asr_v4"), instance_key("NV6ads A10 v5")
    ('nd96asr_v4', 'nv6ads_a10_v5')
    """
    key = "_".join(_instance_words(name))
    for prefix in _PREFIXES:
        key = key.removeprefix(prefix)
    return key


def model_keys(name: str) -> tuple[str, str]:
    """Return the two spellings of a GPU's name that texts use: in words and as one word.

    Words of a text are never run together: ``a 100 GB disk`` is no A100.

    Examples
    --------
    >>> model_keys("GeForce RTX 4090")
    ('geforce rtx 4090', 'geforcertx4090')
    """
    words = _model_words(name)
    return " ".join(words), "".join(words)


def _instance_words(text: str) -> list[str]:
    words = (w.strip(".-") for w in _SPLIT_INSTANCE.split(text[:TEXT_LIMIT].lower()))
    return [w for w in words if w]


def _model_words(text: str) -> list[str]:
    return [w for w in _SPLIT_MODEL.split(text[:TEXT_LIMIT].lower()) if w]


def _runs_of(words: list[str], length: int, joint: str) -> Iterator[str]:
    """Yield the runs of so many words, the earliest first."""
    for start in range(len(words) - length + 1):
        yield joint.join(words[start : start + length])


def find_instances(text: str, known: Mapping[str, T]) -> list[T]:
    """Return what the longest instance names in a text stand for, the earliest first."""
    words = _instance_words(text)
    for length in range(min(_INSTANCE_WORDS, len(words)), 0, -1):
        keys = (_without_prefix(run, known) for run in _runs_of(words, length, "_"))
        if found := [known[key] for key in keys if key in known]:
            return found
    return []


def _without_prefix(key: str, known: Mapping[str, T]) -> str:
    if key not in known:
        for prefix in _PREFIXES:
            key = key.removeprefix(prefix)
    return key


def find_model(text: str, known: Mapping[str, T], *, skip: frozenset[str]) -> T | None:
    """Return what the longest, then earliest, GPU name in a text stands for, or None.

    Keys in ``skip`` are passed over: names so short that they need a word beside them.
    """
    words = _model_words(text)
    for length in range(min(_MODEL_WORDS, len(words)), 0, -1):
        for run in _runs_of(words, length, " "):
            if run in known and run not in skip:
                return known[run]
    return None
