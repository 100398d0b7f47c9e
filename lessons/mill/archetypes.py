"""Kinds of customers and of wrongs: what each runs, how it pays, what its accounts share."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["BENIGN", "OTHERS", "RINGS", "SINGLES", "VICTIM", "Kind"]


@dataclass(frozen=True)
class Kind:
    """A kind of account, innocent or not.

    Attributes
    ----------
    name, role, typology : str
        Archetype, role and typology as the truth has them.
    size : tuple[int, int]
        Accounts in a cell (a family, a course, a laboratory, a ring).
    customer, uses, skus : tuple[str, ...]
        Customer classes, the uses that are declared, machines that are rented.
    programs : tuple[str, ...]
        When machines are rented (see ``work``).
    rate, hours : float
        Launches a day, and median hours of one; ``nodes`` are its machines.
    share : float
        Weight among innocent accounts.
    pay : tuple[float, float, float]
        Chances to prepay, to be invoiced, to live on credits.
    top : tuple[int, ...]
        Sums of a top-up; ``drains`` is the chance that the budget is for once.
    shares : Mapping[str, float]
        Chance, by kind of identifier, that a member uses what its cell shares.
    joins, signal : str
        How members sign up (spread, burst, waves, relay), what the GPUs do (see ``meters``).
    young, verified, commits : float
        Chances that the cell is founded within the log, that a member is verified, that it has a
        commitment or a reservation.
    org, payer : bool
        Members stand under one organisation; one of them pays for all.
    shards, active
        A ring's split of a job, and the share of its accounts that it keeps busy at once.
    """

    name: str
    size: tuple[int, int]
    customer: tuple[str, ...]
    uses: tuple[str, ...]
    skus: tuple[str, ...]
    programs: tuple[str, ...]
    rate: float
    hours: float
    share: float = 0.0
    nodes: tuple[int, int] = (1, 1)
    pay: tuple[float, float, float] = (1.0, 0.0, 0.0)
    top: tuple[int, ...] = (50, 100, 250)
    drains: float = 0.2
    shares: Mapping[str, float] = field(default_factory=dict)
    joins: str = "spread"
    signal: str = "notebook"
    young: float = 0.3
    verified: float = 0.55
    org: bool = False
    payer: bool = False
    commits: float = 0.0
    typology: str = ""
    role: str = "benign"
    shards: tuple[int, int] = (1, 1)
    active: float = 1.0


def _kinds(rows: list[dict[str, Any]], role: str) -> tuple[Kind, ...]:
    """Kinds of one role from their lines."""
    made = []
    for row in rows:
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
        }
        made.append(Kind(role=role, **values))
    return tuple(made)


_DATA = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))
BENIGN = _kinds(_DATA["benign"], "benign")
RINGS, SINGLES = _kinds(_DATA["ring"], "proxy"), _kinds(_DATA["single"], "proxy")
(VICTIM,), OTHERS = _kinds(_DATA["victim"], "victim"), _kinds(_DATA["other"], "other")
