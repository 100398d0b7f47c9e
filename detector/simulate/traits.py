"""Latent quantities of every account, as arrays of one length.

All tables are drawn from these by the same writers, whoever the account belongs to: a ring
and an innocent look-alike differ only in the values held here.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.simulate.rng import Floats, Ints

SERVICE_COUNT: Final = 8
NEVER: Final = 1.0e6

# name: (dtype, default). Days count from the start of the window; negative is before it.
FIELDS: Final[dict[str, tuple[Any, Any]]] = {
    # who
    "cloud": (np.int8, 0),
    "place": (np.int16, 0),
    "billing_place": (np.int16, 0),
    "phone_place": (np.int16, 0),
    "tz": (np.int8, 0),
    "created": (np.float64, -400.0),
    "closed": (np.float64, NEVER),
    "close_reason": (np.int8, -1),
    "appeal": (np.float64, NEVER),
    "customer_class": (np.int8, 0),
    "use_class": (np.int8, -1),
    "use_text": (np.int8, -1),
    "reseller": (np.int8, 0),
    "partner": (np.int64, 0),
    "organisation": (np.int64, 0),
    "payer": (np.int64, -1),
    "kyc": (np.int8, 2),
    "kyc_delay": (np.float64, 3.0),
    "entity_age": (np.float64, 2500.0),
    "name_id": (np.int64, 0),
    "owner_opaque": (np.float64, 0.1),
    # when
    "act_p": (np.float64, 0.4),
    "weekend": (np.float64, 0.7),
    "from_day": (np.float64, -1.0e6),
    "until_day": (np.float64, NEVER),
    "quiet_from": (np.float64, NEVER),
    "quiet_until": (np.float64, NEVER),
    "trend": (np.float64, 0.0),
    "turn": (np.float64, 20.0),
    "shift": (np.int8, -1),  # takes turns: active only in its slot of a rotation
    "shift_of": (np.int8, 1),
    # ordinary services
    "spend": (np.float64, 5.0),
    "spend_after": (np.float64, 1.0),  # factor on services from `turn` on
    # GPU work
    "gpu": (np.int8, 0),
    "machine": (np.int16, 0),
    "machine_before": (np.int16, -1),
    "gpu_count": (np.float64, 1.0),
    "gpu_hours": (np.float64, 6.0),
    "gpu_p": (np.float64, 0.4),
    "gpu_weekend": (np.float64, 0.85),
    "gpu_from": (np.float64, -1.0e6),
    "gpu_until": (np.float64, NEVER),
    "gpu_switch": (np.float64, -1.0e6),
    "gpu_trend": (np.float64, 0.0),
    "gpu_pricing": (np.int8, 0),
    "reserved_idle": (np.float64, 0.0),
    "churn": (np.float64, 1.0),
    "region": (np.int8, 0),
    "region_hop": (np.float64, 0.03),
    "job": (np.int8, 0),
    "job_match": (np.float64, 1.0),
    "ingress": (np.float64, 0.0),  # log factor on bytes in per GPU-hour
    "egress_end": (np.int8, 0),
    "telemetry": (np.int8, 0),
    # model use
    "llm": (np.int8, 0),
    "llm_rate": (np.float64, 20.0),
    "llm_p": (np.float64, 0.5),
    "llm_weekend": (np.float64, 0.6),
    "llm_from": (np.float64, -1.0e6),
    "llm_until": (np.float64, NEVER),
    "llm_cap": (np.float64, NEVER * 1e9),
    "llm_flat": (np.float64, 0.1),
    "llm_trend": (np.float64, 0.0),
    "llm_steady": (np.float64, 0.0),  # 0 wanders from day to day, 1 the same each day
    "llm_in": (np.float64, 6.8),
    "llm_out": (np.float64, 5.0),
    "llm_spread": (np.float64, 0.7),
    "llm_model": (np.int8, 0),
    "llm_second": (np.float64, 0.2),
    "llm_adopt": (np.float64, NEVER),
    "llm_limit": (np.float64, 0.005),
    "llm_refuse": (np.float64, 0.004),
    "llm_cached": (np.float64, 0.15),
    "end_users": (np.int32, 0),
    "templates": (np.int32, 6),
    "template_pool": (np.int64, 0),
    "template_noise": (np.float64, 0.25),
    "clients": (np.int8, 2),
    "client_pool": (np.int64, 0),
    "meter": (np.int8, 1),
    "key_split": (np.int8, 0),  # each key has a client and end users of its own
    # access
    "ev_rate": (np.float64, 0.9),
    "mfa": (np.float64, 0.6),
    "api_share": (np.float64, 0.3),
    "many_countries": (np.float64, 0.0),
    "team": (np.float64, 0.5),  # how many people, networks and ways to pay, 0 to 1
    "devices": (np.int16, 1),  # that one person acts with
    "tls_kinds": (np.int8, 1),  # programs behind one user agent
    # money
    "pay_mode": (np.int8, 0),  # 0 invoice, 1 top-up, 2 credits first
    "pay_round": (np.float64, 0.25),
    "pay_days": (np.float64, 20.0),
    "pay_once": (np.int8, 0),
    "pay_match": (np.float64, 0.96),
    "pay_kind": (np.int8, 0),
    "pay_hug": (np.float64, 0.0),
    "pay_same": (np.float64, 0.0),  # the odd amount of most top-ups; 0 is none
    "refund": (np.float64, 0.01),
    "chargeback": (np.float64, 0.001),
    "credits": (np.float64, 0.0),
    "currency": (np.int8, 0),
}


class Traits:
    """Named arrays of equal length."""

    def __init__(self, accounts: int) -> None:
        self.accounts = accounts
        self._columns: dict[str, NDArray[Any]] = {
            name: np.full(accounts, default, dtype=dtype)
            for name, (dtype, default) in FIELDS.items()
        }

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def put(self, index: Ints, **values: Any) -> None:
        """Set traits of some accounts; a value is a number or an array of their length."""
        for name, value in values.items():
            self._columns[name][index] = value

    def scale(self, index: Ints, **factors: Any) -> None:
        """Multiply traits of some accounts."""
        for name, factor in factors.items():
            self._columns[name][index] *= factor

    def copy_from(self, index: Ints, donors: Ints, names: tuple[str, ...]) -> None:
        """Give accounts the values of donors."""
        for name in names:
            self._columns[name][index] = self._columns[name][donors]


class Pool:
    """Things an account acts with (operators, networks, tenants), slot by slot.

    ``ids`` is (accounts, slots) with 0 for an empty slot; a slot is in use from ``since``
    until ``until`` (days) and is drawn in proportion to ``weight``.
    """

    def __init__(self, accounts: int, slots: int) -> None:
        shape = (accounts, slots)
        self.slots = slots
        self.ids: Ints = np.zeros(shape, dtype=np.int64)
        self.since: Floats = np.full(shape, -1.0e6)
        self.until: Floats = np.full(shape, NEVER)
        self.weight: Floats = np.zeros(shape)
        self.code: Ints = np.zeros(shape, dtype=np.int64)
        self.place: Ints = np.zeros(shape, dtype=np.int64)

    def draw(self, rng: np.random.Generator, account: Ints, day: Floats) -> Ints:
        """Draw a slot in use for each row; slot 0 where none is."""
        chosen = np.zeros(len(account), dtype=np.int64)
        weight = self.weight[account]
        weight = np.where(
            (self.since[account] <= day[:, None]) & (day[:, None] < self.until[account]), weight, 0
        )
        edges = np.cumsum(weight, axis=1)
        point = rng.random(len(account)) * edges[:, -1]
        chosen[:] = np.minimum((edges <= point[:, None]).sum(axis=1), self.slots - 1)
        return np.where(edges[:, -1] > 0, chosen, 0)

    def free_slot(self, index: Ints) -> Ints:
        """Return each account's first empty slot (its last one if all are taken)."""
        taken = (self.ids[index] != 0).sum(axis=1)
        return np.asarray(np.minimum(taken, self.slots - 1), dtype=np.int64)

    def add(
        self,
        index: Ints,
        ids: Ints,
        *,
        since: Floats | float = -1.0e6,
        until: Floats | float = NEVER,
        weight: Floats | float = 1.0,
        code: Ints | int = 0,
        place: Ints | int = 0,
    ) -> None:
        """Put one more thing into each account's first empty slot."""
        slot = self.free_slot(index)
        self.ids[index, slot] = ids
        self.since[index, slot] = since
        self.until[index, slot] = until
        self.weight[index, slot] = weight
        self.code[index, slot] = code
        self.place[index, slot] = place

    def clear(self, index: Ints) -> None:
        """Empty all slots of some accounts."""
        self.ids[index] = 0
        self.weight[index] = 0
        self.since[index] = -1.0e6
        self.until[index] = NEVER

    def end(self, index: Ints, day: Floats) -> None:
        """Stop all slots in use at ``day`` (one per account)."""
        self.until[index] = np.minimum(self.until[index], day[:, None])
