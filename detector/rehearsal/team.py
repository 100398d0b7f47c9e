"""A team: who is in it, how often each is right, and how long each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from detector.cases.record.store import Actor
from detector.errors import UsageError
from detector.evaluate.team import Team

_NAMES: Final = ("ann", "bob", "cid", "dee", "eli", "fay", "gus", "hal")
#: Who leads, who keeps the letters, and who is asked where all others had a part.
LEAD: Final = "lea"
OFFICE: Final = "leo"
COUNSEL: Final = "cora"
MOST: Final = len(_NAMES)
#: Seconds that a judgement takes: half of them less, few of them much more.
_SECONDS: Final = 240.0
_SPREAD: Final = 0.6
_BOUNDS: Final = (45.0, 1500.0)
_ASKED: Final = 0.1
#: What somebody says who is wrong, by what is true.
_WRONG: Final[Mapping[str, tuple[str, ...]]] = {
    "confirmed_proxy": ("cleared", "cleared", "unresolved"),
    "confirmed_victim": ("cleared", "confirmed_proxy", "unresolved"),
    "cleared": ("confirmed_proxy", "confirmed_proxy", "unresolved"),
}


@dataclass(frozen=True)
class Skill:
    """How often a person is right: of all cases, or by what is true of them.

    Examples
    --------
    >>> Skill(0.9, {"cleared": 0.95}).of("cleared")
    0.95
    """

    accuracy: float
    by_truth: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        strange = sorted(set(self.by_truth) - set(_WRONG))
        if strange:
            raise UsageError(
                f"nothing is {strange[0]!r} in truth; expected one of {', '.join(_WRONG)}"
            )
        for share in (self.accuracy, *self.by_truth.values()):
            Team(share)  # refuses what is no share

    def of(self, truth: str) -> float:
        """The chance to be right where this is true."""
        return self.by_truth.get(truth, self.accuracy)


@dataclass(frozen=True)
class Reviewer:
    """Somebody who judges: the same in the same round of the same case, whatever came before."""

    actor: Actor
    skill: Skill
    seed: int

    def says(self, truth: str, sitting: int) -> str:
        """His outcome of a case of which this is true."""
        team = Team(self.skill.of(truth), self._own)
        if bool(team.confirms(np.ones(1, dtype=bool), sitting)[0]):
            return truth
        return str(self._draw(sitting, 1).choice(_WRONG[truth]))

    def grants(self, sitting: int, *, right: bool) -> bool:
        """Whether he grants an appeal that is right, or not."""
        said = self.says("cleared" if right else "confirmed_proxy", sitting)
        return said == "cleared"

    def seconds(self, sitting: int) -> float:
        """How long he looks before he judges."""
        drawn = _SECONDS * float(np.exp(_SPREAD * self._draw(sitting, 2).standard_normal()))
        return round(min(max(drawn, _BOUNDS[0]), _BOUNDS[1]), 1)

    def asks(self, sitting: int) -> bool:
        """Whether he asks the holder before he judges."""
        return bool(self._draw(sitting, 3).random() < _ASKED)

    @property
    def _own(self) -> int:
        return self.seed * 1000 + self.actor.number

    def _draw(self, sitting: int, what: int) -> np.random.Generator:
        return np.random.default_rng((self._own, sitting, what))


def names_of(size: int) -> tuple[str, ...]:
    """The names of a team's reviewers, beside its lead.

    Raises
    ------
    UsageError
        Where it is too small for two to look at a case, or larger than there are names.
    """
    if not 2 <= size <= MOST:
        raise UsageError(f"a team has 2 to {MOST} reviewers beside its lead, not {size}")
    return _NAMES[:size]


def roles_of(size: int) -> dict[str, tuple[str, ...]]:
    """Everybody in a rehearsal but its trainee, with his roles."""
    return {
        **dict.fromkeys(names_of(size), ("reviewer",)), LEAD: ("reviewer", "lead"),
        OFFICE: ("letters",), COUNSEL: ("counsel",),
    }  # fmt: skip
