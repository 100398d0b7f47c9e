"""The roster: partners and whom they sell to, groups that belong together, and direct customers."""

from __future__ import annotations

import numpy as np

from lessons.quarry.kinds import KINDS
from lessons.quarry.state import ACCOUNT, Ints, Table, World

#: Each kind of partner: its share of partners, and whom it sells to.
SELLERS: dict[str, tuple[float, dict[str, float]]] = {
    "licensed_reseller": (0.34, {"partner_shop": 0.5, "partner_ml": 0.25, "partner_app": 0.25}),
    "distributor": (0.16, {"university": 0.6, "partner_shop": 0.2, "partner_ml": 0.2}),
    "agency": (0.28, {"partner_shop": 0.6, "partner_app": 0.3, "partner_ml": 0.1}),
    "marketplace": (0.10, {"tenant": 1.0}),
    "school": (0.12, {"student": 1.0}),
}


def roster(world: World, accounts: int) -> None:
    """Fill the table of accounts with who they are and who pays: a third below partners."""
    rows = np.zeros(accounts, ACCOUNT)
    rows["role"], rows["ring"], rows["partner"], rows["group"] = "benign", -1, -1, -1
    rows["payer"] = rows["org"] = np.arange(accounts)
    world.acc = rows
    at, groups = 0, 0
    while at < accounts // 3:
        at = _partner(world, at, accounts // 3)
    for kind, share, low, high in (
        ("landing_zone", 0.06, 4, 25),
        ("cohort", 0.03, 4, 12),
        ("subsidiary", 0.03, 2, 4),
    ):
        until = at + max(2, int(share * accounts))
        while at < until:
            size = min(int(world.rng.integers(low, high + 1)), until - at)
            groups += 1
            _group(rows[at : at + size], kind, at, groups)
            at += size
    direct = [kind for kind in KINDS if KINDS[kind].weight]
    weights = np.array([KINDS[kind].weight for kind in direct])
    rows["kind"][at:] = world.rng.choice(direct, accounts - at, p=weights / weights.sum())
    _toolkits(world, accounts, groups)


def _partner(world: World, at: int, until: int) -> int:
    """Write one partner and its customers from row `at` on; return the row after them."""
    rng, rows = world.rng, world.acc
    names = list(SELLERS)
    kind = names[rng.choice(len(names), p=[SELLERS[name][0] for name in names])]
    size = int(np.clip(rng.lognormal(np.log(10), 0.7), 3, max(5, len(rows) / 16)))
    if until - at - size - 1 < 4:
        size = until - at - 1
    number = len(world.partners)
    world.partners.append((kind, at))
    mix = SELLERS[kind][1]
    below = slice(at + 1, at + 1 + size)
    rows["kind"][at] = kind
    rows["kind"][below] = rng.choice(list(mix), size, p=list(mix.values()))
    rows["partner"][at : below.stop] = number
    rows["payer"][below] = at
    rows["reseller"][at] = kind != "school"
    rows["group"][below] = 100000 + number if kind == "school" else -1
    if kind == "school":
        rows["org"][below] = at
    return below.stop


def _group(rows: Table, kind: str, at: int, number: int) -> None:
    """Write accounts that belong together: one payer, one organisation, or one address."""
    rows["kind"], rows["group"] = kind, number
    if kind != "cohort":
        rows["org"] = at
    if kind == "landing_zone":
        rows["payer"] = at


def _toolkits(world: World, accounts: int, groups: int) -> None:
    """Let innocent accounts below different payers use one consultant's image and client."""
    rng, rows = world.rng, world.acc
    for _ in range(max(1, round(world.dial["toolkits"] * accounts / 1000))):
        groups += 1
        fit = np.isin(
            rows["kind"], ("partner_app", "partner_ml", "partner_shop", "web_shop", "ai_wrapper")
        )
        chosen = different_payers(world, np.flatnonzero(fit), int(rng.integers(3, 16)))
        rows["kind"][chosen], rows["group"][chosen] = "toolkit_user", groups


def different_payers(world: World, fit: Ints, size: int) -> Ints:
    """Draw up to `size` of the accounts, each below another payer where that can be."""
    drawn = world.rng.permutation(fit)
    _, first = np.unique(world.acc["payer"][drawn], return_index=True)
    chosen = drawn[np.sort(first)][:size]
    return np.concatenate([chosen, drawn[~np.isin(drawn, chosen)][: size - len(chosen)]])
