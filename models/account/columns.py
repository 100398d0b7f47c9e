"""Columns known by name: a model reads the ones it knows, wherever they stand.

A feature that the model does not know has no say. One that it knows and that the caller lacks
is missing for everybody. What such a column would carry in the reasons is shared out among
the columns that are there, so that contributions still add up to the score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelFormatError
from models.population.peers import Baseline

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
#: Rows that are looked at at once: a bound on memory.
BLOCK = 65_536
_Float = TypeVar("_Float", np.float32, np.float64)
#: How a stored column says that it may speak for an account too.
BOTH = "both"
#: How a stored column says that it does not ship with the features: see `FeatureSpec`.
OWN = "own"


@dataclass(frozen=True)
class FeatureSpec:
    """A column of X.

    Attributes
    ----------
    name, family : str
    direction : int
        Which side is suspicious: +1 high, -1 low.
    place : bool
        Whether it says where somebody is, pays from or is on record (`models.account.placeless`).
        Nothing is learnt from that: columns of one name may differ in it.
    both : bool
        Whether it may speak for an account too: a taught joint view reads it as it is, on
        either side; no family does, and nothing that is made without labels.
    spread : float
        The least that peers are taken to differ by; of use in training alone.
    own : bool
        Whether whoever trained added it: a model that knows it scores only with it.
    """

    name: str
    family: str
    direction: int
    place: bool = field(default=False, compare=False)
    both: bool = False
    spread: float = field(default=0.0, compare=False)
    own: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        if self.direction not in (-1, 1):
            raise ValueError(f"direction of {self.name} is {self.direction}; expected +1 or -1")

    def to_json(self) -> list[object]:
        """Return the column as it is stored: name, family, direction, `BOTH` or `OWN` if it is."""
        told: list[object] = [self.name, self.family, self.direction]
        return told + [BOTH] * self.both + [OWN] * self.own


def directions(specs: Sequence[FeatureSpec]) -> FloatArray:
    """Return the suspicious side of each feature, (d,) of +1 and -1."""
    return np.array([spec.direction for spec in specs], dtype=np.float64)


def both_sided(specs: Sequence[FeatureSpec]) -> BoolArray:
    """Return which columns may speak for an account, (d,)."""
    return np.array([spec.both for spec in specs], dtype=np.bool_)


def one_sided(specs: Sequence[FeatureSpec]) -> tuple[FeatureSpec, ...]:
    """Return the columns that can only speak against an account: what is learnt without labels."""
    return tuple(spec for spec in specs if not spec.both)


def families_of(specs: Sequence[FeatureSpec]) -> tuple[str, ...]:
    """Return the ids of the families, in the order of their first feature."""
    return tuple(dict.fromkeys(spec.family for spec in one_sided(specs)))


def own_families(specs: Sequence[FeatureSpec]) -> BoolArray:
    """Return (F,) which families hold nothing but columns that somebody added."""
    return np.array(
        [
            all(spec.own for spec in one_sided(specs) if spec.family == family)
            for family in families_of(specs)
        ],
        dtype=np.bool_,
    )


def columns_of(specs: Sequence[FeatureSpec], family: str) -> IntArray:
    """Return the columns that belong to a family and can only speak against an account."""
    mine = [i for i, spec in enumerate(specs) if spec.family == family and not spec.both]
    return np.array(mine, dtype=np.int64)


def as_read(
    specs: Sequence[FeatureSpec], baseline: Baseline, own: FloatArray, group: IntArray
) -> NDArray[np.float32]:
    """Return (n, d) rows that views read: distances beyond peers, both-sided values as they are.

    A distance from peers says nothing of the side on which nobody is suspicious. Rows are of peer
    groups (n,); some are made at a time, as what they are made of takes many times their memory.
    """
    rows, both = np.empty(own.shape, dtype=np.float32), both_sided(specs)
    for at in range(0, len(own), BLOCK):
        some = slice(at, at + BLOCK)
        rows[some] = baseline.directed(own[some], group[some], directions(specs))
        rows[some, both] = own[some, both]
    return rows


@dataclass(frozen=True)
class Columns:
    """Where d columns stand among ``width`` others; -1 for one that these lack."""

    at: IntArray
    width: int

    @classmethod
    def by_name(cls, own: Sequence[str], others: Sequence[str]) -> Columns:
        """Find each of the ``own`` names among the ``others``."""
        place = {name: at for at, name in enumerate(others)}
        at = np.array([place.get(name, -1) for name in own], dtype=np.int64)
        return cls(at, len(others))

    @property
    def same(self) -> bool:
        """Whether both are the same columns in the same order."""
        return len(self.at) == self.width and bool((self.at == np.arange(self.width)).all())

    def pick(self, values: NDArray[_Float]) -> NDArray[_Float]:
        """Return (n, d) own columns of (n, width) values: NaN for what is lacking."""
        if self.same:
            return values
        picked = np.take(values, np.maximum(self.at, 0), axis=1)
        picked[:, self.at < 0] = np.nan
        return picked

    def spread(self, own: FloatArray) -> FloatArray:
        """Return (n, width) with the (n, d) own values in their places and NaN elsewhere."""
        return own if self.same else self._placed(own, np.nan)

    def share_out(self, contributions: FloatArray) -> FloatArray:
        """Return (n, width) contributions with the sums of the (n, d) own ones.

        Columns that are not known carry nothing; what lacking ones carry is shared out evenly
        among those that are there.
        """
        if self.same:
            return contributions
        out, left = self._placed(contributions, 0.0), np.zeros(len(contributions))
        for column in np.flatnonzero(self.at < 0):
            left += contributions[:, column]
        there = self.at[self.at >= 0]
        out[:, there] += left[:, None] / len(there)
        return out

    def _placed(self, own: FloatArray, elsewhere: float) -> FloatArray:
        out = np.full((len(own), self.width), elsewhere)
        there = self.at >= 0
        out[:, self.at[there]] = own[:, there]
        return out


def check_known(known: Sequence[FeatureSpec], found: Sequence[FeatureSpec], what: str) -> None:
    """Make sure that features of one name are the same features.

    Parameters
    ----------
    known, found : sequence of FeatureSpec
        What was learnt, and what is at hand.
    what : str
        What was learnt: "model" or "prior".

    Raises
    ------
    ModelFormatError
        Where a family or a direction has changed, or no feature is known at all.
    """
    here = {spec.name: spec for spec in found}
    both = [spec for spec in known if spec.name in here]
    if not both:
        raise ModelFormatError(f"the {what} knows none of this version's features; {_AGAIN[what]}")
    changed = [spec.name for spec in both if spec != here[spec.name]]
    if changed:
        raise ModelFormatError(
            f"the {what} learnt {', '.join(changed[:8])} with another family or suspicious side "
            f"than this version has; {_AGAIN[what]}"
        )


_AGAIN = {
    "model": "train a model with this version, or use the version that trained it",
    "prior": "teach it anew: `enduse teach` makes one of your own, tools/teach_prior.py of the "
    "repository the one that ships",
}
