"""Cases of ownership: what listed parties, and companies seated elsewhere, own of a holder.

All of it stands in ``entity_owners`` under the holder's name, of holders of which
``account_owners`` says nothing: what that table holds is read by features.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from detector.simulate.policy.facts import Case, Entry, Policy, owned_by
from detector.simulate.policy.listed import Words
from detector.simulate.policy.pool import Innocents
from detector.simulate.policy.words import companies_of
from detector.simulate.rng import Bools
from detector.simulate.world import World

# The Affiliates Rule is stayed until this day of the worlds' calendar, 2026-11-10.
STAY_ENDS: Final = 253


class Owners:
    """Invents companies between a holder and its owners."""

    def __init__(self, world: World, policy: Policy, pool: Innocents, words: Words) -> None:
        self.policy, self.pool, self.words = policy, pool, words
        self._salt, self._next = world.seed + 92, 0
        self.stayed = world.days < STAY_ENDS

    def company(self) -> str:
        """Return the name of a company that is in no other case."""
        self._next += 1
        return companies_of(np.array([self._next], dtype=np.int64), self._salt)[0]

    def listed(self, source: str, country: str) -> Entry:
        """Put an owner on a list."""
        return self.policy.list_party(self.words.organisation(source, country))

    def holder(self, *wishes: Bools) -> int | None:
        """Choose a firm of which no other owner is known."""
        return self.pool.take(self.pool.firm, self.pool.unowned, *wishes)

    def own(
        self, owned: str, owner: str, low: float | None, high: float | None, **more: Any
    ) -> None:
        """Record a share that was found in a register."""
        kind: dict[str, Any] = {"owner_kind": "entity", "source": "register", "since": -900}
        self.policy.own(owned, owner, low, high, **(kind | more))


def plant_owned(owners: Owners) -> None:
    """Plant holders that listed parties own: half, less, a band, or nobody knows how much."""
    _halves(owners)
    stayed = owners.stayed
    _direct(owners, "listed owner in a band", (0.25, 0.5), "possible", stayed=stayed)
    _direct(owners, "listed owner below the half, open band", (0.25, 0.5), "possible",
            stayed=stayed, share_max_open=True)  # fmt: skip
    _direct(owners, "listed owner with unknown share", (None, None), "unknown", stayed=stayed)
    _direct(owners, "listed minority", (0.2, 0.2), "possible", stayed=stayed)
    _two_steps(owners)
    _loop(owners)


def _case(owners: Owners, row: int, shape: str, rule: str, party: str, result: Any) -> None:
    owners.policy.expect(Case(row, shape, rule, "owner", party, *result))


def _halves(owners: Owners) -> None:
    """Two companies own half each, and a listed party half of each of them."""
    row = owners.holder(owners.pool.controlled)
    if row is None:
        return
    listed = owners.listed("EL", "CN")
    for _ in range(2):
        between = owners.company()
        owners.own(owners.pool.names[row], between, 0.5, 0.5, owner_country="SG")
        owners.own(between, listed.name, 0.5, 0.5, **owned_by(listed))
        owners.own(between, owners.company(), 0.5, 0.5, owner_country="SG")
    # Stayed, the rule leaves its red flag; after that nobody can say whether it is in force.
    _case(owners, row, "two halves of a listed party", "EAR-50", listed.name,
          ("met", "inquire", None))  # fmt: skip


def _direct(
    owners: Owners, shape: str, share: tuple[float | None, float | None], condition: str,
    *, stayed: bool, **more: Any,
) -> None:  # fmt: skip
    """A listed party owns a part itself."""
    row = owners.holder(owners.pool.controlled)
    if row is None:
        return
    listed = owners.listed("EL" if condition != "unknown" else "MEU", "CN")
    owners.own(owners.pool.names[row], listed.name, *share, **(owned_by(listed) | more))
    word = "clear" if stayed else "unknown" if condition == "unknown" else "inquire"
    _case(owners, row, shape, "EAR-50", listed.name, (condition, word, None))


def _two_steps(owners: Owners) -> None:
    """A blocked party owns most of a company that owns exactly half of the holder."""
    row = owners.holder()
    if row is None:
        return
    blocked, between = owners.listed("SDN", "RU"), owners.company()
    owners.own(owners.pool.names[row], between, 0.5, 0.5, owner_country="AE")
    owners.own(between, blocked.name, 0.6, 0.6, **owned_by(blocked))
    _case(owners, row, "half of a blocked party's company", "OFAC-50", blocked.name,
          ("met", "match", True))  # fmt: skip


def _loop(owners: Owners) -> None:
    """Two companies that own each other, and a blocked party with a tenth of one of them."""
    row = owners.holder()
    if row is None:
        return
    blocked, first, second = owners.listed("SDN", "IR"), owners.company(), owners.company()
    owners.own(owners.pool.names[row], first, 1.0, 1.0, owner_country="AE")
    owners.own(first, second, 0.6, 0.6, owner_country="AE")
    owners.own(second, first, 0.6, 0.6, owner_country="AE")
    owners.own(second, blocked.name, 0.1, 0.1, **owned_by(blocked))
    _case(owners, row, "loop with a blocked minority", "OFAC-50", blocked.name,
          ("not_met", "clear", None))  # fmt: skip
