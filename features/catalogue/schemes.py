"""Naming schemes of accelerator instances: what a name says when the catalogue is silent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

_AWS_SIZE: Final = r"(?:\d{0,3}xlarge|large|metal(?:-\d{1,3}xl)?)"
_KNOWN: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # AWS: P, G, GR (graphics memory), DL, Trn, Inf, VT families
        rf"(?<![a-z0-9])(?:p\d|g\d|gr\d|dl\d|trn\d|inf\d|vt\d)[a-z0-9-]*\.{_AWS_SIZE}(?![a-z])",
        # Azure: N series with GPUs (NC, ND, NG, NV); NP has FPGAs
        r"(?<![a-z0-9])n[cdgv]c?\d{1,3}[a-z]{0,6}(?:[_ ][a-z]{0,3}\d{1,4}[a-z]{0,2})?[_ ]v\d(?!\d)",
        r"(?<![a-z0-9])n[cdgv]c?\d{1,3}[a-z]{1,6}\d{0,4}v\d(?!\d)",
        r"standard_n[cdgv]\d",
        # GCP: A and G machine families, TPU machine families
        r"(?<![a-z0-9])(?:a\d[a-z]?-(?:high|mega|ultra|max|edge)gpu-\d|g\d-standard-\d|ct\d[a-z]*-)",
        # OCI shapes
        r"(?<![a-z0-9])(?:bm|vm)\.gpu[a-z0-9.-]*",
        # Lambda
        r"(?<![a-z0-9])gpu_\d{1,3}x_",
    )
)
_TELLING: Final = (
    re.compile(r"(?<![a-z0-9])gpu_(?P<count>\d{1,3})x_(?P<model>[a-z0-9_]+)"),
    re.compile(
        r"(?<![a-z0-9])(?:bm|vm)\.gpu\.(?P<model>[a-z0-9]+)(?:-v\d)?\.(?P<count>\d{1,3})(?!\d)"
    ),
    re.compile(
        r"(?<![a-z0-9])(?P<count>\d{1,3})x[_ ]?(?P<model>[a-z0-9 -]{1,64})_(?:secure|community)"
    ),
    re.compile(r"(?<![a-z0-9])gd-(?P<count>\d{1,3})x(?P<model>[a-z]+\d+s?)(?:ib)?(?![a-z0-9])"),
)


@dataclass(frozen=True, slots=True)
class Telling:
    """What an instance's name itself says: the words for its GPU and how many there are."""

    name: str
    model: str
    count: Fraction


def read_name(text: str) -> Telling | None:
    """Return the first instance name of a text, in lower case, that tells model and count.

    Examples
    --------
    >>> read_name("bm.gpu.h100.8")
    Telling(name='bm.gpu.h100.8', model='h100', count=Fraction(8, 1))
    """
    for pattern in _TELLING:
        found = pattern.search(text)
        if found and int(found["count"]) > 0:
            return Telling(found[0], found["model"], Fraction(int(found["count"])))
    return None


def follows_a_scheme(text: str) -> bool:
    """Whether a text in lower case names an instance of a known accelerator family.

    Examples
    --------
    >>> follows_a_scheme("use1-boxusage:p9.48xlarge"), follows_a_scheme("m5.xlarge")
    (True, False)
    """
    return any(pattern.search(text) for pattern in _KNOWN)
