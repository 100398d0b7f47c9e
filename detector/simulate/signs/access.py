"""Signs in who acts for an account and from where: hand-over, places, recon."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate import habits
from detector.simulate.operations import (
    CHANGE_EMAIL,
    CHANGE_PHONE,
    CREATE_ACCESS_KEY,
    CREATE_KEY_PAIR,
    CREATE_SUPPORT_CASE,
    DEACTIVATE_MFA,
    DELETE_ACCESS_KEY,
    DELETE_LOGGING,
    ENABLE_MFA,
    GET_AVAILABILITY,
    LIST_MODELS,
    PUT_USE_CASE,
    QUOTA_INCREASE,
    RESET_PASSWORD,
    UPDATE_CONTACT,
)  # fmt: skip
from detector.simulate.rng import Floats, Ints
from detector.simulate.world import World

# What makes the holder, and changes with one.
_HOLDER: Final = (
    CHANGE_EMAIL, CHANGE_PHONE, UPDATE_CONTACT, DEACTIVATE_MFA, ENABLE_MFA, RESET_PASSWORD,
)  # fmt: skip


def hand_over(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Contact details, password and MFA change within a few days of the turn."""
    hours = world.ranges.one(rng, 4, 110)
    turn = world.traits["turn"][index]
    for operation in _HOLDER:
        some = rng.random(len(index)) < 0.68
        day = turn[some] + rng.uniform(0, hours, int(some.sum())) / 24
        _change(world, index[some], day, operation)


def whole_hand_over(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Everything that makes the holder changes within two days of the turn."""
    turn = world.traits["turn"][index]
    for operation in _HOLDER:
        _change(world, index, turn + rng.uniform(0, 2, len(index)), operation)


def _change(world: World, index: Ints, day: Floats, operation: int) -> None:
    """Record a change of the holder's, and the new address or number it brings."""
    world.moments.add(index, day, operation)
    if operation in (CHANGE_EMAIL, CHANGE_PHONE):
        kind = habits.EMAIL if operation == CHANGE_EMAIL else habits.PHONE
        world.links.add(index, kind, world.new_ids(len(index)), day)


def staged_change(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Contact details change one after another over weeks, with a support case."""
    turn = world.traits["turn"][index]
    for operation in (CHANGE_EMAIL, CHANGE_PHONE, UPDATE_CONTACT, CREATE_SUPPORT_CASE):
        some = rng.random(len(index)) < 0.7
        world.moments.add(index[some], turn[some] + rng.uniform(-2, 25, some.sum()), operation)


def new_operators(world: World, rng: np.random.Generator, index: Ints) -> None:
    """The people who acted for the account go; others act from the turn on."""
    turn = world.traits["turn"][index]
    overlap = np.where(rng.random(len(index)) < 0.25, rng.uniform(0, 20, len(index)), 0.0)
    world.operators.end(index, turn + overlap)
    for _ in range(2):
        world.operators.add(index, world.new_ids(len(index)), since=turn, weight=0.8)


def added_operators(world: World, rng: np.random.Generator, index: Ints) -> None:
    """New people act beside the old ones from the turn on."""
    turn = world.traits["turn"][index]
    weight = rng.uniform(0.5, 1.8, len(index))
    world.operators.add(index, world.new_ids(len(index)), since=turn, weight=weight)


def new_networks(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Access comes from other networks, often of another place, from the turn on."""
    size, turn = len(index), world.traits["turn"][index]
    world.networks.end(index, turn + rng.exponential(1.5, size))
    place = int(rng.integers(0, 24))
    for _ in range(2):
        kinds = rng.choice([habits.ISP, habits.MOBILE, habits.CORPORATE, habits.HOSTING], size)
        ids = habits.addresses(world, rng, kinds)
        far = np.where(rng.random(size) < 0.6, place, world.traits["place"][index])
        world.networks.add(index, ids, since=turn, weight=0.8, code=kinds, place=far)


def hosting_egress(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Most access comes from one hosting address of the account's own."""
    kinds = np.where(rng.random(len(index)) < 0.7, habits.HOSTING, habits.ISP)
    weight = world.ranges.uniform(rng, 0.6, 6.0, len(index))
    place = rng.integers(0, 24, len(index))
    ids = world.new_ids(len(index))
    world.networks.add(index, ids, weight=weight, code=kinds, place=place)


def vpn_access(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Much access comes through popular VPN exits in several places."""
    for _ in range(3):
        kinds = np.full(len(index), habits.VPN)
        ids = habits.addresses(world, rng, kinds)
        weight = world.ranges.uniform(rng, 0.3, 2.0, len(index))
        place = rng.integers(0, 24, len(index))
        world.networks.add(index, ids, weight=weight, code=kinds, place=place)


def place_mismatch(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Access comes from a place other than the declared one."""
    place = int(rng.integers(0, 24))
    swap = rng.random(len(index)) < 0.75
    world.networks.place[index[swap]] = place


def many_places(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One identity is used from many networks in several places after the turn."""
    size, turn = len(index), world.traits["turn"][index]
    for _ in range(world.ranges.whole(rng, 3, 6)):
        kinds = rng.choice([habits.ISP, habits.HOSTING, habits.VPN, habits.MOBILE], size)
        ids = habits.addresses(world, rng, kinds)
        place = rng.integers(0, 24, size)
        world.networks.add(index, ids, since=turn, weight=0.7, code=kinds, place=place)


def recon(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Somebody asks which models are on offer, fills the form and turns logging off."""
    turn = world.traits["turn"][index]
    for operation in (LIST_MODELS, GET_AVAILABILITY, PUT_USE_CASE, DELETE_LOGGING):
        for _ in range(3):
            some = rng.random(len(index)) < 0.42
            day = turn[some] + rng.exponential(0.6, int(some.sum()))
            world.moments.add(index[some], day, operation)


def asks_for_models(world: World, rng: np.random.Generator, index: Ints) -> None:
    """The use-case form is filled near the start of model use."""
    day = np.maximum(world.traits["llm_from"][index], world.traits["created"][index])
    world.moments.add(index, day + rng.uniform(-1, 1, len(index)), PUT_USE_CASE)
    world.moments.add(index, day + rng.uniform(-2, 1, len(index)), LIST_MODELS)


def quota_requests(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Quota increases are asked for again and again."""
    for _ in range(world.ranges.whole(rng, 2, 6)):
        some = rng.random(len(index)) < 0.7
        day = world.traits["turn"][index[some]] + rng.exponential(8, int(some.sum())) - 6
        world.moments.add(index[some], day, QUOTA_INCREASE)


def key_rotation(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Keys are made and deleted often."""
    for _ in range(world.ranges.whole(rng, 3, 8)):
        day = rng.uniform(0, world.days, len(index))
        for operation in (CREATE_ACCESS_KEY, DELETE_ACCESS_KEY, CREATE_KEY_PAIR):
            some = rng.random(len(index)) < 0.6
            world.moments.add(index[some], day[some] + 0.05 * operation % 1, operation)
    habits.give_keys(world, rng, index, 5)


def many_devices(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One person's name is used on many devices."""
    devices = world.ranges.uniform(rng, 4, 16, len(index))
    world.traits.put(index, devices=devices.astype(np.int64))


def disguised_agents(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One user agent is sent by several unlike programs."""
    kinds = world.ranges.uniform(rng, 3, 9, len(index))
    world.traits.put(index, tls_kinds=kinds.astype(np.int64))


def automated(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Hardly a human: almost all calls come through the interface for programs."""
    world.traits.put(index, api_share=world.ranges.uniform(rng, 0.75, 1.0, len(index)))
