"""Rings of the past: closed before or early in the window, decided by a reviewer."""

from __future__ import annotations

import numpy as np

from detector.simulate import habits, work
from detector.simulate.rng import Ints
from detector.simulate.signs import linkage
from detector.simulate.world import PROXY, World

POLICY, FRAUD = 2, 1


def plant_enforced(world: World, free: list[int]) -> None:
    """Plant closed rings whose things may be seen again, and label their members."""
    rng = world.streams.of("enforced")
    for _ in range(max(1, round(world.accounts * world.spec.prevalence / 60))):
        size = min(int(rng.integers(2, 7)), max(1, len(free) // 4))
        members = np.sort(np.array([free.pop() for _ in range(size)]))
        closed = float(rng.uniform(-25, world.days * 0.35))
        _shape(world, rng, members, closed)
        world.role[members] = PROXY
        world.ring[members] = world.rings
        for member in members:
            world.typology[member] = "T03"
            world.labels.append(
                {"account": int(member), "decision": "confirmed_proxy", "day": closed,
                 "ring": world.rings, "note": "Closed after review"}
            )  # fmt: skip
        world.rings += 1


def _shape(world: World, rng: np.random.Generator, members: Ints, closed: float) -> None:
    size = len(members)
    created = closed - rng.uniform(15, 120) - rng.exponential(2, size)
    world.traits.put(members, created=created, closed=closed + rng.uniform(0, 1, size),
                     close_reason=POLICY, turn=np.maximum(created + 3, 1))  # fmt: skip
    work.give_models(world, rng, members, rate=3.6)
    linkage.share_payment(world, rng, members)
    things = {name: world.new_id() for name in ("device", "phone", "image", "client")}
    world.operators.add(members, np.full(size, things["device"]), weight=1.0)
    world.links.add(members, habits.PHONE, np.full(size, things["phone"]), created)
    world.tenants.add(members, world.new_ids(size), weight=1.0, code=things["image"])
    world.traits.put(members, client_pool=things["client"])
    world.enforced.append({**things, "closed": closed})
