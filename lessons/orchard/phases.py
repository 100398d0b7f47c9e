"""How accounts live: one or two phases each, with their rates, and how much of a phase is on."""

from __future__ import annotations

import numpy as np

from lessons.orchard.archetypes import ARCHETYPES as KINDS
from lessons.orchard.archetypes import DUTIES, GROUPS, INDEX, PLACES, RINGS, indices, numbers
from lessons.orchard.cast import Cast
from lessons.orchard.setting import DAY, NEVER, Array, Columns, Setting

SHARED = ("device", "ssh_key", "image", "phone", "payment", "address", "form_text", "tax_id")


def draw_phases(setting: Setting, cast: Cast) -> Columns:
    """Draw the phases; an account with two of them goes over from the first to the second."""
    rng, n = setting.rng("phases"), len(cast)
    everybody = np.arange(n)
    name = np.array([kind.name for kind in KINDS])[cast.front]
    proxy, late = cast.role == 1, cast.typology == "T02"
    if setting.preset == "poison":
        late = proxy.copy()
    moved = (cast.role == 0) & np.isin(name, ("merged_company", "pivoted_startup"))
    second = np.flatnonzero(late | moved | (cast.role == 2))
    account = np.concatenate([everybody, second])
    then = np.concatenate([np.zeros(n, dtype=np.int64), np.ones(len(second), dtype=np.int64)])
    onset, ramp = _onsets(setting, rng, cast, late, moved)
    mode = np.where(then == 1, 1, np.where((late | moved)[account], -1, 0))
    bad = proxy[account] & ((then == 1) | ~late[account])
    look = np.where(bad, cast.look[account], cast.front[account])
    look = np.where((name[account] == "pivoted_startup") & (then == 1), INDEX["ml_startup"], look)
    ph: Columns = {"account": account, "then": then, "mode": mode, "bad": bad, "look": look}
    ph |= {"onset": onset[account], "ramp": ramp[account]}
    ph["from"], ph["until"] = _lives(setting, cast, ph)
    ph["stolen"] = (cast.role[account] == 2) & (then == 1)
    ph["wrong"] = cast.wrong[account]
    others = (bad & (setting.preset != "poison")) | (name[account] == "merged_company")
    ph["new"] = (then == 1) & others  # other people than before
    ph |= _rates(setting, rng, ph)
    _hide(setting, rng, cast, ph)
    vain = rng.random(len(account)) < np.where(cast.role[account] == 0, 0.05, 0.0)
    ph["waits"] = bad & (rng.random(len(account)) < 0.4)  # has not asked yet
    ph["vain"] = vain | (bad & (setting.preset == "no_access"))  # gets at nothing controlled
    _others(rng, ph)
    ph |= _owners(setting, rng, cast, ph)
    return ph


def _onsets(
    setting: Setting, rng: np.random.Generator, cast: Cast, late: Array, moved: Array
) -> tuple[Array, Array]:
    """Date the changes: a bought account in days, a company in weeks, poison until the end."""
    n, last = len(cast), setting.end
    begin = np.maximum(cast.created, 0)
    onset = begin + (last - begin) * rng.uniform(0.25, 0.65, n)
    ramp = np.where(moved, rng.uniform(12, 30, n), rng.uniform(0.5, 2.0, n)) * DAY
    if setting.preset == "poison":
        onset = np.where(late, np.maximum(begin, last * 2 // 3), onset)
        ramp = np.where(late, np.maximum(last - onset, DAY), ramp)
    return onset.astype(np.int64), ramp.astype(np.int64)


def _lives(setting: Setting, cast: Cast, ph: Columns) -> tuple[Array, Array]:
    """Return the first and the last second at which a phase can do anything that is logged."""
    account = ph["account"]
    begin = np.maximum(cast.ready[account], 0)
    begin = np.where(ph["then"] == 1, np.maximum(begin, ph["onset"]), begin)
    until = np.minimum(cast.closed[account], setting.end)
    falling = ph["mode"] == -1
    until = np.where(falling, np.minimum(until, ph["onset"] + ph["ramp"]), until)
    return begin, np.maximum(until, begin)


def _rates(setting: Setting, rng: np.random.Generator, ph: Columns) -> Columns:
    """Draw what a phase does in a day, from its archetype."""
    look, n, knobs = ph["look"], len(ph["look"]), setting.knobs

    def about(field: str, sigma: float) -> Array:
        return numbers(field)[look] * rng.lognormal(0.0, sigma, n)

    people = 1 + rng.poisson(np.maximum(numbers("people")[look] - 1, 0.15))
    gpu = rng.random(n) < numbers("has_gpu")[look]
    models = rng.random(n) < numbers("has_models")[look]
    return {
        "people": people,
        "logins": about("logins", 0.6) * knobs.logins,
        "starts": np.where(gpu, about("starts", 0.5), 0.0),
        "hours": about("hours", 0.4),
        "gpu": np.maximum(numbers("gpu")[look] - (rng.random(n) < 0.3), 0),
        "pick": rng.random(n),
        "nodes": 1 + (rng.random(n) < 0.12) * (numbers("gpu")[look] == 2),
        "duty": indices("duty", DUTIES)[look],
        "calls": np.where(models, np.minimum(about("calls", 0.4) * 0.75, 23), 0.0),
        "requests": about("requests", 0.7),
        "tokens_in": about("tokens_in", 0.35) * knobs.tokens,
        "tokens_out": about("tokens_out", 0.35) * knobs.tokens,
        "top": rng.random(n) < numbers("top")[look],
        "flat": np.clip(numbers("flat")[look] + rng.normal(0, 0.12, n), 0, 1),
        "keys": 1 + rng.poisson(numbers("keys")[look] - 0.9),
        "peak": rng.uniform(0, 24, n),
        "growth": np.where(rng.random(n) < 0.4, rng.normal(0.012, 0.012, n), 0.0),
        "decay": np.where(look == INDEX["hackathon"], rng.uniform(6, 25, n), 1e6),
        "adopt": rng.lognormal(2.9, 1.0, n),
        "limited": rng.beta(0.4, 30, n),
        "place": indices("place", PLACES)[look],
        "users": np.where(
            look == INDEX["ai_saas"], 4000, np.where(look == INDEX["llm_gateway"], 300, 0)
        ),
    }


def _hide(setting: Setting, rng: np.random.Generator, cast: Cast, ph: Columns) -> None:
    """Change what tells in a proxy's phase: place much; hours, limits and amounts a little."""
    bad, n, knobs = ph["bad"], len(ph["bad"]), setting.knobs
    account, kind = ph["account"], cast.typology[ph["account"]]
    boost = 1.0 if setting.preset == "volume_matched" else knobs.boost
    ring = cast.ring[account]
    for one in range(int(ring.max(initial=-1)) + 1):
        members = np.flatnonzero((ring == one) & bad)
        for field in ("starts", "hours", "requests", "calls", "tokens_in", "tokens_out", "peak"):
            ph[field][members] = ph[field][members[0]] * rng.lognormal(0, 0.12, len(members))
    gpu, model = bad & (cast.wants[account] == 1), bad & (cast.wants[account] == 2)
    ph["starts"] = np.where(gpu, np.maximum(ph["starts"], 0.25) * boost, ph["starts"])
    ph["gpu"] = np.where(gpu, np.maximum(ph["gpu"], 1 + (rng.random(n) < 0.4)), ph["gpu"])
    ph["calls"] = np.where(model, np.clip(ph["calls"], 5, 23), ph["calls"])
    ph["requests"] = np.where(model, ph["requests"] * boost, ph["requests"])
    ph["top"] |= model & (rng.random(n) < 0.75)
    ph["flat"] = np.where(
        bad & (rng.random(n) < 0.6), np.maximum(ph["flat"], knobs.flat), ph["flat"]
    )
    ph["limited"] = np.where(model & (rng.random(n) < 0.5), ph["limited"] + 0.03, ph["limited"])
    ph["adopt"] = np.where(bad & (kind == "T06"), rng.uniform(0.1, 0.9, n), ph["adopt"])
    many = bad & np.isin(kind, ("T17", "T20"))
    ph["keys"] = np.where(many, np.maximum(ph["keys"], rng.integers(5, 14, n)), ph["keys"])
    ph["people"] = np.where(bad & ~many, 1 + rng.integers(0, 3, n), ph["people"])
    ph["users"] = np.where(bad, 0, ph["users"])
    ph["decay"] = np.where(bad, 1e6, ph["decay"])
    masked = bad & ((rng.random(n) < knobs.masked) | (kind == "T15"))
    front = indices("place", PLACES)[cast.front[account]]
    ph["place"] = np.where(masked, PLACES.index("masked"), np.where(bad, front, ph["place"]))
    ph["masked"] = masked
    asleep = (kind == "T02") & (ph["mode"] == -1) & (setting.preset != "poison")
    for field in ("starts", "calls", "logins"):
        ph[field] = np.where(asleep, ph[field] * (0.08 if field == "logins" else 0.0), ph[field])
    spent = bad & (kind == "T12")  # when the credits are gone, so is the customer
    short = ph["from"] + (rng.uniform(18, 40, n) * DAY).astype(np.int64)
    ph["until"] = np.where(spent, np.minimum(ph["until"], short), ph["until"])


def _others(rng: np.random.Generator, ph: Columns) -> None:
    """Let miners mine, farmers farm, and thieves call models through what they stole."""
    n, thief = len(ph["look"]), ph["stolen"]
    mine, farm, fraud = (ph["wrong"] == number for number in range(3))
    ph["duty"] = np.where(mine, DUTIES.index("mine"), ph["duty"])
    ph["starts"] = np.where(mine, 1.2, np.where(fraud, 0.8, ph["starts"]))
    ph["hours"] = np.where(mine, 20.0, ph["hours"])
    ph["flat"] = np.where(mine | thief, 0.95, ph["flat"])
    ph["decay"] = np.where(farm | fraud, rng.uniform(2, 6, n), ph["decay"])
    ph["calls"] = np.where(thief, 20.0, np.where(farm, 8.0, ph["calls"]))
    ph["requests"] = np.where(thief, ph["requests"] * 4, ph["requests"])
    ph["top"] |= thief
    ph["starts"] = np.where(thief, 0.0, ph["starts"])
    ph["logins"] = np.where(thief, 0.8, ph["logins"])
    ph["place"] = np.where(thief, PLACES.index("stolen"), ph["place"])
    ph["users"] = np.where(thief, 0, ph["users"])


def _owners(setting: Setting, rng: np.random.Generator, cast: Cast, ph: Columns) -> Columns:
    """Say who owns each identifier of a phase: the account, or the group that shares it."""
    account, n, accounts = ph["account"], len(ph["account"]), len(cast)
    group, ring = cast.group[account], cast.ring[account]
    plans = {plan.typology: plan.shares for plan in RINGS}
    by_ring = {
        name: np.isin(cast.typology[account], [t for t in plans if name in plans[t]])
        for name in SHARED
    }
    tie = np.array([kind.group for kind in KINDS])[cast.front[account]]
    made: Columns = {}
    for name in SHARED:
        chance = np.where(by_ring[name], setting.knobs.sharing + 0.2, setting.knobs.sharing * 0.35)
        within = np.isin(tie, [g for g, (_, _, kinds) in GROUPS.items() if name in kinds])
        within |= (ph["wrong"] == 1) & (name in ("device", "phone", "form_text"))
        innocent = np.where(within, 0.75, 0.04)
        shares = rng.random(n) < np.where(ring >= 0, np.where(ph["bad"], chance, 0.0), innocent)
        own = np.where(ph["bad"] & ph["new"], account + 2 * accounts, account)
        made[name] = np.where(shares & (group >= 0), group + accounts * 4, own)
    made["device"] = np.where(ph["stolen"], account + accounts * 8, made["device"])
    return made


def weight(cast: Cast, ph: Columns, phase: Array, at: Array) -> Array:
    """Return how much of a phase is on at an instant: 0 for not at all."""
    rise = np.clip((at - ph["onset"][phase]) / np.maximum(ph["ramp"][phase], 1), 0.0, 1.0)
    mode = ph["mode"][phase]
    share = np.where(mode == 0, 1.0, np.where(mode == 1, rise, 1.0 - rise))
    account = ph["account"][phase]
    size = np.where(ph["bad"][phase], cast.turns[account], 0)
    turn = (at // (5 * DAY)) % np.maximum(size, 1) == cast.seat[account] % np.maximum(size, 1)
    share = share * np.where(
        (size > 1) & ~turn, 0.15, np.where(size > 1, np.sqrt(np.maximum(size, 1)), 1)
    )
    age = np.maximum(at - np.maximum(cast.created[account], 0), 0) / DAY
    share = share * np.exp(-age / ph["decay"][phase]) * np.exp(ph["growth"][phase] * age)
    week = (at // DAY) % 7
    share = share * np.where(week >= 5, 0.35 + 0.65 * ph["flat"][phase], 1.0)
    alive = (at + DAY > ph["from"][phase]) & (at < ph["until"][phase])
    return np.where(alive & (at < NEVER), share, 0.0)


def at_hours(rng: np.random.Generator, ph: Columns, phase: Array) -> Array:
    """Draw seconds of the day for things that phases do, by their habit."""
    human = rng.normal(ph["peak"][phase] * 3600, 3 * 3600, len(phase))
    free = rng.random(len(phase)) < ph["flat"][phase]
    return np.where(free, rng.uniform(0, DAY, len(phase)), human % DAY).astype(np.int64)
