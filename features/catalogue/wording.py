"""What the words of a billing row say beside the name: per GPU, how many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

COUNT_LIMIT: Final = 1024

_PER_GPU: Final = re.compile(
    r"\b(?:gpu|tpu|chip)s?\b\W*(?:slices?\W*)?(?:running|attached|requests|hours?\b)"
    r"|\bvertex ai: [a-z/]+ on nvidia\b"
    r"|\b1 gpu slice\b|\bper (?:gpu|chip)\b|\b\d{2,3}gb (?:running|attached)"
)
_GPU_CONTEXT: Final = re.compile(
    r"gpu|nvidia|tesla|geforce|radeon|instinct|accelerat|graphics|tensor|\brtx\b|\btpu|\bamd\b"
)
_MANY: Final = (
    re.compile(r"(?<![\d.])(\d{1,4})\s?x(?!\s?large)(?=[\s_a-z])"),
    re.compile(r"(?<!pcie )\bx\s?(?!86\b|64\b)(\d{1,4})\b(?!\s?gb)"),
    re.compile(r"(?<![\d.])(\d{1,4})[\s_-]?gpus\b"),
)


def is_per_gpu(text: str) -> bool:
    """Whether the text says that one unit is one GPU's time.

    Examples
    --------
    >>> is_per_gpu("nvidia tesla a100 gpu running in americas"), is_per_gpu("p4d.24xlarge")
    (True, False)
    """
    return _PER_GPU.search(text) is not None


def speaks_of_gpus(text: str) -> bool:
    """Whether the text names an accelerator, so that a short name such as L4 is a GPU."""
    return _GPU_CONTEXT.search(text) is not None


def count_in(text: str) -> Fraction | None:
    """Return how many GPUs a text in lower case says there are, or None.

    Examples
    --------
    >>> count_in("8x nvidia h100 sxm5"), count_in("nvidia a100 x4"), count_in("p4d.24xlarge")
    (Fraction(8, 1), Fraction(4, 1), None)
    """
    for pattern in _MANY:
        found = pattern.search(text)
        if found and 0 < int(found[1]) <= COUNT_LIMIT:
            return Fraction(int(found[1]))
    return None


def stated_count(details: Mapping[str, str]) -> Fraction | None:
    """Return the GPU count that ``SkuPriceDetails`` states under a key of its own, or None.

    Examples
    --------
    >>> stated_count({"gpucount": "8"}), stated_count({"gpu": "A100"})
    (Fraction(8, 1), None)
    """
    for key in ("gpucount", "gpus", "numgpus", "acceleratorcount", "gpuquantity", "gpu"):
        text = details.get(key, "")
        if not re.fullmatch(r"\d{1,4}(?:\.\d{1,6}|/\d{1,4})?", text):
            continue
        numerator, _, denominator = text.partition("/")
        if denominator and int(denominator) == 0:
            continue
        count = Fraction(numerator) / (Fraction(denominator) if denominator else 1)
        if 0 < count <= COUNT_LIMIT:
            return count
    return None
