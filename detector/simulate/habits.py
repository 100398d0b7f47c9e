"""Ordinary habits: who acts for an account, from where, with what, and who pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from detector.simulate.rng import Floats, Ints, pick_weighted
from detector.simulate.world import World

(
    PAYMENT, EMAIL, PHONE, DEVICE, IP, SSH_KEY, ACCESS_KEY, IMAGE, TAX_ID, ADDRESS,
    FORM_TEXT, REFERRAL,
) = range(12)  # fmt: skip
ISP, MOBILE, HOSTING, VPN, EDUCATION, CORPORATE, UNKNOWN = range(7)
CARD, PREPAID_CARD, VIRTUAL_CARD, BANK, WALLET, CRYPTO, VOUCHER, CREDIT = range(8)

_NETWORK_WEIGHTS: Final = np.array([0.42, 0.12, 0.05, 0.1, 0.05, 0.22, 0.04])
# By class: the shared pool and the share of its addresses that many customers share.
_SHARED: Final = {
    ISP: ("isp", 0.2), MOBILE: ("mobile", 0.95), HOSTING: ("hosting", 0.25),
    VPN: ("vpn", 0.9), EDUCATION: ("campus", 0.85), CORPORATE: ("sase", 0.2),
}  # fmt: skip


def give_operators(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Give each account one to eight people or roles who act for it: most have few."""
    world.operators.clear(index)
    more = world.traits["team"][index]
    for number in range(8):
        some = index[rng.random(len(index)) < more**number]
        weight = rng.uniform(0.2, 1.0, len(some)) * 0.7**number
        world.operators.add(some, world.new_ids(len(some)), weight=weight)


def addresses(world: World, rng: np.random.Generator, kinds: Ints) -> Ints:
    """Return one source address for each asked class: its own, or one that many share."""
    ids = world.new_ids(len(kinds))
    for kind, (pool, share) in _SHARED.items():
        rows = np.flatnonzero((kinds == kind) & (rng.random(len(kinds)) < share))
        hubs = world.shared(pool)
        # Popular addresses are used much more: draw towards the first of the pool.
        ids[rows] = hubs[(len(hubs) * rng.random(len(rows)) ** 2).astype(int)]
    return ids


def give_networks(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Give each account one to eight networks, mostly in the place it declares."""
    world.networks.clear(index)
    home = world.traits["place"]
    more = world.traits["team"][index] ** 0.7
    for number in range(8):
        some = index[rng.random(len(index)) < more**number]
        kinds = pick_weighted(rng, _NETWORK_WEIGHTS, len(some))
        away = rng.random(len(some)) < np.where(np.isin(kinds, (HOSTING, VPN)), 0.5, 0.06)
        place = np.where(away, rng.integers(0, 24, len(some)), home[some])
        weight = rng.uniform(0.1, 1.0, len(some)) * 0.6**number
        since, until = _spells(world, rng, len(some), number)
        ids = addresses(world, rng, kinds)
        world.networks.add(
            some, ids, since=since, until=until, weight=weight, code=kinds, place=place
        )


def _spells(
    world: World, rng: np.random.Generator, size: int, number: int
) -> tuple[Floats, Floats]:
    """Later networks come and go: trips, moves, leases that change."""
    if number == 0:
        return np.full(size, -1.0e6), np.full(size, 1.0e6)
    begin = rng.uniform(-world.days, world.days, size)
    return begin, begin + rng.exponential(world.days, size)


def give_instruments(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Give each account one to four ways to pay; most have one."""
    world.instruments.clear(index)
    more = 0.8 * world.traits["team"][index] ** 2
    for number in range(4):
        some = index[rng.random(len(index)) < more**number]
        kinds = pick_weighted(
            rng, np.array([0.55, 0.05, 0.07, 0.22, 0.07, 0.015, 0.02, 0.005]), len(some)
        )
        place = np.where(
            rng.random(len(some)) < 0.93,
            world.traits["billing_place"][some],
            rng.integers(0, 24, len(some)),
        )
        ids = world.new_ids(len(some))
        weight = np.full(len(some), 1.0 if number == 0 else 0.3)
        world.instruments.add(some, ids, weight=weight, code=kinds, place=place)


def give_contacts(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Record e-mail, phone, address, form text, tax id and referral as account links."""
    size, created = len(index), world.traits["created"][index]
    world.links.add(index, EMAIL, world.new_ids(size), created)
    some = rng.random(size) < 0.85
    world.links.add(index[some], PHONE, world.new_ids(int(some.sum())), created[some])
    for kind, share, hubs, common in (
        (ADDRESS, 0.8, 90, 0.2),
        (FORM_TEXT, 0.35, 400, 0.7),
        (REFERRAL, 0.12, 120, 1.0),
        (TAX_ID, 0.4, 1, 0.0),
    ):
        some = rng.random(size) < share
        ids = world.new_ids(int(some.sum()))
        pool = world.new_ids(max(3, world.accounts // hubs))
        shared = np.flatnonzero(rng.random(len(ids)) < common)
        ids[shared] = pool[(len(pool) * rng.random(len(shared)) ** 2).astype(int)]
        world.links.add(index[some], kind, ids, created[some])


def give_keys(world: World, rng: np.random.Generator, index: Ints, count: int) -> None:
    """Give each account up to ``count`` access keys or model keys."""
    world.keys.clear(index)
    for number in range(count):
        more = np.clip(0.35 + 0.5 * world.traits["team"][index], 0, 1)
        some = index[rng.random(len(index)) < more**number]
        world.keys.add(some, world.new_ids(len(some)), weight=0.7**number)


def give_tenants(world: World, rng: np.random.Generator, index: Ints, count: int) -> None:
    """Give each account up to ``count`` pairs of SSH key and machine image."""
    world.tenants.clear(index)
    stock = world.shared("images")
    for number in range(count):
        some = index[rng.random(len(index)) < 0.75**number]
        own = rng.random(len(some)) < 0.35
        images = stock[(len(stock) * rng.random(len(some)) ** 2).astype(int)]
        images[own] = world.new_ids(int(own.sum()))
        weight = rng.uniform(0.3, 1.0, len(some)) * 0.8**number
        world.tenants.add(some, world.new_ids(len(some)), weight=weight, code=images)


def scatter(
    world: World,
    rng: np.random.Generator,
    index: Ints,
    shape: Callable[[World, np.random.Generator, Ints], None],
    share: float,
    group: int = 1,
) -> None:
    """Give a sign to a random share of accounts, each group of them on its own."""
    some = index[rng.random(len(index)) < share]
    some = rng.permutation(some)
    for start in range(0, len(some) - group + 1, group):
        shape(world, rng, np.sort(some[start : start + group]))
