"""Signs in how an account is paid: budgets, roundness, instruments, credits, thresholds."""

from __future__ import annotations

import numpy as np

from detector.simulate import habits
from detector.simulate.rng import Ints
from detector.simulate.world import World


def one_budget(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One prepaid budget is run down to nearly nothing; then silence."""
    world.traits.put(index, pay_mode=1, pay_once=1)
    stop_work(world, rng, index)


def stop_work(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Work ends some weeks after the turn."""
    turn = world.traits["turn"][index]
    end = turn + world.ranges.uniform(rng, 6, 45, len(index))
    world.traits.put(index, gpu_until=end, llm_until=end)


def round_top_ups(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Prepaid in round amounts."""
    world.traits.put(index, pay_mode=1, pay_round=world.ranges.uniform(rng, 0.55, 1.0, len(index)))


def third_party_payer(world: World, rng: np.random.Generator, index: Ints) -> None:
    """The payer's name is not the holder's."""
    world.traits.put(index, pay_match=world.ranges.uniform(rng, 0.0, 0.6, len(index)))


def prepaid_instruments(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Paid by prepaid or virtual cards, changed now and then."""
    for _ in range(world.ranges.whole(rng, 1, 3)):
        kind = rng.choice([habits.PREPAID_CARD, habits.VIRTUAL_CARD, habits.VOUCHER], len(index))
        ids = world.new_ids(len(index))
        place = rng.integers(0, 24, len(index))
        world.instruments.add(index, ids, weight=1.5, code=kind, place=place)


def crypto(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Paid by crypto or vouchers."""
    kind = np.where(rng.random(len(index)) < 0.8, habits.CRYPTO, habits.VOUCHER)
    world.instruments.add(index, world.new_ids(len(index)), weight=4.0, code=kind)
    world.traits.put(index, pay_mode=1)


def new_instrument(world: World, rng: np.random.Generator, index: Ints) -> None:
    """A new instrument pays from the turn on."""
    turn = world.traits["turn"][index] + rng.uniform(-1, 4, len(index))
    world.instruments.end(index, turn + 1)
    kind = rng.choice([habits.CARD, habits.VIRTUAL_CARD, habits.BANK, habits.WALLET], len(index))
    place = rng.integers(0, 24, len(index))
    ids = world.new_ids(len(index))
    world.instruments.add(index, ids, since=turn, weight=1.5, code=kind, place=place)


def on_credits(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Credits pay nearly everything."""
    world.traits.put(index, pay_mode=2, credits=world.ranges.uniform(rng, 0.8, 1.0, len(index)))


def hugs_threshold(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Payments stay just under a verification threshold."""
    world.traits.put(index, pay_mode=1, pay_hug=world.ranges.uniform(rng, 0.5, 1.0, len(index)))


def same_odd_amounts(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Top-ups of several accounts are of one odd amount."""
    amount = round(float(np.exp(world.ranges.one(rng, 2.5, 6.5))), 2) + 0.01 * rng.integers(1, 9)
    world.traits.put(
        index, pay_mode=1, pay_same=round(amount, 2), currency=world.traits["currency"][index[0]]
    )


def refunds(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Money is often paid back."""
    world.traits.put(index, refund=world.ranges.uniform(rng, 0.1, 0.45, len(index)))
