"""Signs in what accounts share: instruments, phones, devices, keys, texts, sign-up days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from detector.simulate import habits
from detector.simulate.rng import Ints
from detector.simulate.world import World

Shape: TypeAlias = Callable[[World, np.random.Generator, Ints], None]


def some_of(world: World, rng: np.random.Generator, index: Ints) -> Ints:
    """Return the 45 to 95 % of a group that share a thing (at least two)."""
    if len(index) < 3:
        return index
    count = max(2, round(world.ranges.one(rng, 0.45, 0.95) * len(index)))
    return np.sort(rng.choice(index, min(count, len(index)), replace=False))


def share_payment(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Several accounts are paid with one instrument."""
    some = some_of(world, rng, index)
    kind = int(rng.choice([habits.CARD, habits.VIRTUAL_CARD, habits.BANK, habits.WALLET]))
    weight = world.ranges.uniform(rng, 0.5, 3.0, len(some))
    place = world.traits["billing_place"][some[0]]
    world.instruments.add(some, np.full(len(some), world.new_id()), weight=weight, code=kind,
                          place=place)  # fmt: skip


def share_phone(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Several accounts were verified with one phone number."""
    _link(world, rng, index, habits.PHONE)


def share_address(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Several accounts have one postal address."""
    _link(world, rng, index, habits.ADDRESS)


def share_form_text(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Several accounts sent the same text in a form."""
    _link(world, rng, index, habits.FORM_TEXT)


def share_tax_id(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Several accounts have one tax id."""
    _link(world, rng, index, habits.TAX_ID)


def share_referral(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Several accounts came by one referral."""
    _link(world, rng, index, habits.REFERRAL)


def share_email(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Several accounts have one recovery e-mail address."""
    _link(world, rng, index, habits.EMAIL)


def _link(world: World, rng: np.random.Generator, index: Ints, kind: int) -> None:
    some = some_of(world, rng, index)
    since = world.traits["created"][some] + rng.exponential(2, len(some))
    world.links.add(some, kind, np.full(len(some), world.new_id()), since)


def share_device(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One operator with one device acts for several accounts."""
    some = some_of(world, rng, index)
    weight = world.ranges.uniform(rng, 0.3, 1.5, len(some))
    since = np.where(rng.random(len(some)) < 0.5, world.traits["turn"][some], -1.0e6)
    world.operators.add(some, np.full(len(some), world.new_id()), since=since, weight=weight)


def share_ssh_key(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Machines of several accounts are reached with one SSH key and image."""
    some = some_of(world, rng, index)
    image = world.new_id() if rng.random() < 0.5 else int(rng.choice(world.shared("images")))
    weight = world.ranges.uniform(rng, 0.5, 2.0, len(some))
    ids = np.full(len(some), world.new_id())
    world.tenants.add(some, ids, weight=weight, code=image)


def share_image(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Machines of several accounts start from one private image."""
    some = some_of(world, rng, index)
    image = world.new_id()
    weight = world.ranges.uniform(rng, 0.5, 2.0, len(some))
    world.tenants.add(some, world.new_ids(len(some)), weight=weight, code=image)


def share_access_key(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One access key is configured in several accounts' tools."""
    some = some_of(world, rng, index)
    _ = rng
    world.links.add(some, habits.ACCESS_KEY, np.full(len(some), world.new_id()),
                    world.traits["created"][some])  # fmt: skip


def share_network(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Several accounts are used from one address."""
    some = some_of(world, rng, index)
    kind = int(rng.choice([habits.ISP, habits.CORPORATE, habits.HOSTING]))
    weight = world.ranges.uniform(rng, 0.4, 2.0, len(some))
    place = world.traits["place"][some[0]]
    ids = np.full(len(some), world.new_id())
    world.networks.add(some, ids, weight=weight, code=kind, place=place)


def share_client(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Several accounts call models with one rare client build."""
    some = some_of(world, rng, index)
    _ = rng
    world.traits.put(some, client_pool=world.new_id(), clients=1)


def under_one_payer(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One account pays the provider for several that name no common organisation."""
    t = world.traits
    free = index[(t["payer"][index] < 0) & (t["organisation"][index] == 0)]
    if len(free) < 2:
        return
    clouds = t["cloud"][free]
    some = free[clouds == np.bincount(clouds).argmax()]
    if len(some) < 2:
        return
    named = some[rng.random(len(some)) < 0.6]
    t.put(named, organisation=world.new_ids(len(named)))
    t.put(some, payer=some[0])


def share_templates(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Prompts of several accounts come from one small set of templates."""
    some = some_of(world, rng, index)
    world.traits.put(
        some,
        template_pool=world.new_id(),
        templates=world.ranges.whole(rng, 1, 12),
        template_noise=world.ranges.uniform(rng, 0.05, 0.6, len(some)),
    )


def batch_sign_up(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Accounts were opened within a few days of one another."""
    spread = world.ranges.one(rng, 0.3, 9.0)
    age = -rng.exponential(60) if rng.random() < 0.45 else rng.uniform(0, world.days * 0.6)
    some = index[rng.random(len(index)) < 0.85]
    created = age + np.cumsum(rng.exponential(spread / max(len(some), 1), len(some)))
    created = np.minimum(created, world.days - 4)
    world.traits.put(
        some, created=created, turn=np.maximum(created + 2, world.traits["turn"][some])
    )


RARE: tuple[Shape, ...] = (
    share_payment, share_phone, share_device, share_ssh_key, share_image, share_tax_id,
    share_access_key, share_network, share_form_text, share_email,
)  # fmt: skip


def succession(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One account stops and another goes on with the same work."""
    if len(index) < 2:
        return
    turn = float(np.median(world.traits["turn"][index]))
    late = rng.random(len(index)) < 0.5
    late[0], late[-1] = False, True
    gap = rng.uniform(-1, 5, len(index))
    t = world.traits
    first, second = index[~late], index[late]
    t.put(first, gpu_until=turn + gap[~late], llm_until=turn + gap[~late])
    t.put(second, gpu_from=turn + gap[late], llm_from=turn + gap[late])
    t.put(second, created=np.maximum(t["created"][second], turn - rng.exponential(25, len(second))))


def _closed_before(world: World, index: Ints) -> dict[str, Any]:
    """Return the closed ring that a ring comes back from: the same for all its signs."""
    return world.enforced[int(world.ring[index[0]]) % len(world.enforced)]


def near_enforced(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A device, phone or instrument of a closed ring is seen again."""
    if not world.enforced:
        return
    old = _closed_before(world, index)
    some = index[rng.random(len(index)) < 0.6]
    if rng.random() < 0.5:
        world.operators.add(some, np.full(len(some), old["device"]), weight=0.5)
    else:
        world.links.add(some, habits.PHONE, np.full(len(some), old["phone"]))


def near_enforced_image(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A private image or client of a closed ring is seen again."""
    if not world.enforced:
        return
    old = _closed_before(world, index)
    some = index[rng.random(len(index)) < 0.6]
    world.tenants.add(some, world.new_ids(len(some)), weight=1.0, code=old["image"])
    world.traits.put(some, client_pool=old["client"])


def after_enforcement(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Accounts are opened within weeks of a closing."""
    if not world.enforced:
        return
    old = _closed_before(world, index)
    created = np.minimum(old["closed"] + rng.exponential(7, len(index)), world.days - 4)
    world.traits.put(index, created=created, turn=np.maximum(world.traits["turn"][index], created))
