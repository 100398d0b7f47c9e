"""Signs in model use: flat hours, narrow templates, pivots, limits, caps."""

from __future__ import annotations

import numpy as np

from detector.simulate.rng import Ints
from detector.simulate.world import World


def flat_hours(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Calls come at every hour alike."""
    world.traits.put(index, llm_flat=world.ranges.uniform(rng, 0.6, 1.0, len(index)))


def no_weekend(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Saturday is like Tuesday."""
    world.traits.put(index, llm_weekend=world.ranges.uniform(rng, 0.85, 1.1, len(index)))


def steady_rate(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Every day is like the one before."""
    world.traits.put(
        index,
        llm_steady=world.ranges.uniform(rng, 0.7, 1.0, len(index)),
        llm_p=world.ranges.uniform(rng, 0.6, 1.0, len(index)),
    )


def equal_rates(world: World, rng: np.random.Generator, index: Ints) -> None:
    """All members take nearly the same share."""
    t = world.traits
    noise = np.exp(rng.normal(0, world.ranges.one(rng, 0.05, 0.5), len(index)))
    t.put(index, llm_rate=np.exp(np.log(t["llm_rate"][index]).mean()) * noise)
    t.put(index, gpu_count=np.exp(np.log(t["gpu_count"][index]).mean()) * noise)


def top_tier(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Calls go to the most capable models."""
    world.traits.put(index, llm_model=rng.choice([3, 4], len(index)), llm_second=0.15)


def long_outputs(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Answers are long."""
    world.traits.scale(index, llm_in=0.97)
    world.traits.put(index, llm_out=world.ranges.uniform(rng, 6.0, 7.6, len(index)))


def narrow_lengths(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Prompt and answer lengths hardly vary."""
    world.traits.put(index, llm_spread=world.ranges.uniform(rng, 0.08, 0.3, len(index)))


def new_model_at_once(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Traffic moves to a new model within a day of its release."""
    world.traits.put(index, llm_adopt=world.ranges.uniform(rng, 0.0, 1.2, len(index)))
    world.traits.put(index, llm_second=np.maximum(world.traits["llm_second"][index], 0.5))


def at_the_limit(world: World, rng: np.random.Generator, index: Ints) -> None:
    """The rate limit is hit again and again."""
    world.traits.put(index, llm_limit=world.ranges.uniform(rng, 0.05, 0.3, len(index)))


def refused(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Calls are refused more often than usual."""
    world.traits.put(index, llm_refuse=world.ranges.uniform(rng, 0.02, 0.12, len(index)))


def one_app(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One client and one model, nothing else."""
    _ = rng
    world.traits.put(index, clients=1, llm_second=0.02)


def many_clients(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Many kinds of client use one key."""
    world.traits.put(index, clients=world.ranges.whole(rng, 5, 14))


def many_templates(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Contents of many unlike users pass through one client."""
    world.traits.put(
        index, templates=world.ranges.whole(rng, 60, 400), clients=1, end_users=0,
        template_noise=world.ranges.uniform(rng, 0.4, 0.8, len(index)),
    )  # fmt: skip


def few_templates(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Prompts repeat a handful of templates."""
    world.traits.put(
        index, templates=world.ranges.whole(rng, 1, 3),
        template_noise=world.ranges.uniform(rng, 0.03, 0.3, len(index)),
    )  # fmt: skip


def little_cache(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Long sessions, yet hardly a cached token."""
    world.traits.put(index, llm_cached=world.ranges.uniform(rng, 0.0, 0.03, len(index)))


def round_cap(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Use stops at a round number of tokens."""
    millions = rng.choice([1, 2, 5, 10, 20, 50, 100], len(index))
    world.traits.put(index, llm_cap=millions * 1e6)


def sudden_models(world: World, rng: np.random.Generator, index: Ints) -> None:
    """No model use before the turn."""
    turn = world.traits["turn"][index] + rng.uniform(0, 3, len(index))
    world.traits.put(index, llm_from=turn)


def split_keys(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Every key has a client and end users of its own."""
    for _ in range(world.ranges.whole(rng, 2, 5)):
        some = index[rng.random(len(index)) < 0.8]
        world.keys.add(some, world.new_ids(len(some)), weight=0.6)
    world.traits.put(index, key_split=1)


def takes_turns(world: World, rng: np.random.Generator, index: Ints) -> None:
    """Members work in shifts: when one pauses, the next takes over."""
    if len(index) < 2:
        return
    shifts = world.ranges.whole(rng, 2, 4)
    order = rng.permutation(len(index))
    world.traits.put(index, shift=order % shifts, shift_of=shifts)
