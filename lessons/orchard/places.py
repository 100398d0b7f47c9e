"""Where people sit: countries, networks, addresses and devices."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lessons.orchard.archetypes import INDEX, PLACES
from lessons.orchard.cast import Cast
from lessons.orchard.setting import DAY, Array, Columns, Setting, spread

NETWORKS = ("isp", "mobile", "hosting", "vpn", "education", "corporate", "unknown")
_NAMES = "US GB DE FR NL IE SE PL ES IT CA BR MX IN SG MY JP KR CN HK TW AE TR ZA NG KE AU ID VN IL"
COUNTRIES = tuple(_NAMES.split())
_WEIGHTS = 1.0 / (1.0 + 0.12 * np.arange(len(COUNTRIES)))


class Pattern(NamedTuple):
    """How many places a person works from, how often at home, and through which networks."""

    fewest: int
    most: int
    home: float
    networks: tuple[float, float, float, float, float, float]
    in_turn: bool = False


PATTERNS = {
    "home": Pattern(1, 2, 0.97, (0.74, 0.26, 0, 0, 0, 0)),
    "office": Pattern(1, 2, 0.98, (0.25, 0.05, 0.02, 0.03, 0, 0.65)),
    "campus": Pattern(1, 2, 0.97, (0.2, 0.05, 0, 0.02, 0.73, 0)),
    "remote": Pattern(1, 2, 0.30, (0.72, 0.12, 0.04, 0.07, 0, 0.05)),
    "travel": Pattern(3, 6, 0.20, (0.58, 0.30, 0.05, 0.07, 0, 0), True),
    "vpn": Pattern(2, 5, 0.25, (0.12, 0.05, 0.18, 0.65, 0, 0)),
    "egress": Pattern(1, 3, 0.55, (0.02, 0.03, 0.45, 0.20, 0, 0.30)),
    "masked": Pattern(0, 2, 0.12, (0.7, 0.12, 0, 0.18, 0, 0)),
    "stolen": Pattern(4, 7, 0.0, (0.3, 0.1, 0.45, 0.15, 0, 0)),
}


def draw_homes(setting: Setting, cast: Cast, ph: Columns) -> Columns:
    """Draw each account's home, and the places that its papers name; the draw knows no role."""
    rng, n = setting.rng("homes"), len(cast)

    def anywhere() -> Array:
        return rng.choice(len(COUNTRIES), n, p=_WEIGHTS / _WEIGHTS.sum())

    home = anywhere()
    landed = (cast.group >= 0) & (cast.ring < 0)
    lead = np.full(int(cast.group.max(initial=-1)) + 1, -1)
    lead[cast.group[landed]] = home[landed]
    abroad = cast.front == INDEX["subsidiary"]
    home = np.where(landed & (rng.random(n) < np.where(abroad, 0.3, 0.9)), lead[cast.group], home)
    pattern = np.array(PLACES)[ph["place"][:n]]
    odd = np.where(np.isin(pattern, ("remote", "travel", "vpn", "egress")), 0.22, 0.05)
    masked = np.zeros(n, dtype=bool)
    masked[ph["account"][ph["masked"] & (ph["then"] == 0)]] = True
    odd = np.where(masked, setting.knobs.mismatch, odd)
    made: Columns = {"home": home}
    for paper, share in (("declared", 0.45), ("billing", 1.0), ("phone", 0.9)):
        made[paper] = np.where(rng.random(n) < odd * share, anywhere(), home)
    made["second"] = np.where(rng.random(n) < 0.6, anywhere(), home)
    return made


def draw_seats(setting: Setting, ph: Columns, homes: Columns) -> Columns:
    """Draw the seats of each phase: a person, a place, a network, a device."""
    rng, n = setting.rng("seats"), len(ph["account"])
    names = [PATTERNS[name] for name in PLACES]
    pattern = ph["place"]
    hops = round(setting.knobs.hops)
    fewest = np.array(
        [
            p.fewest + (hops if name == "masked" else 0)
            for p, name in zip(names, PLACES, strict=True)
        ]
    )
    most = np.array(
        [p.most + (hops if name == "masked" else 0) for p, name in zip(names, PLACES, strict=True)]
    )
    places = rng.integers(fewest[pattern], most[pattern] + 1)
    phase, spot = spread(ph["people"] * places)
    person, place = spot // places[phase], spot % places[phase]
    kind, account = pattern[phase], ph["account"][phase]
    network = _networks(setting, rng, names, kind)
    base = np.where(
        ph["new"][phase] & ~ph["bad"][phase], homes["second"][account], homes["home"][account]
    )
    anywhere = rng.choice(len(COUNTRIES), len(phase), p=_WEIGHTS / _WEIGHTS.sum())
    at_home = rng.random(len(phase)) < np.array([p.home for p in names])[kind]
    at_home |= (place == 0) & np.isin(kind, (PLACES.index("travel"),))
    country = np.where(at_home, base, anywhere)
    branch = rng.integers(0, 4, len(phase))
    asn = 20_000 + (country * 6 + network) * 5 + branch
    asn = np.where(network == 3, 9_000 + rng.integers(0, 12, len(phase)), asn)
    asn = np.where(network == 2, 9_100 + rng.integers(0, 30, len(phase)), asn)
    return {
        "phase": phase,
        "count": ph["people"] * places,
        "places": places,
        "person": np.where(ph["stolen"][phase], 0, person + 100 * ph["new"][phase]),
        "device": setting.mark("device", ph["device"][phase], person),
        "country": country,
        "network": network,
        "asn": asn,
        "mfa": rng.random(n)[phase] < 0.62,
        "fresh": (kind == PLACES.index("masked")) & (network == 0),
    }


def _networks(
    setting: Setting, rng: np.random.Generator, names: list[Pattern], kind: Array
) -> Array:
    """Draw a network for each seat; the masked ones follow the world's share of hosting."""
    chances = np.array([p.networks for p in names])
    masked = PLACES.index("masked")
    chances[masked] *= 1 - setting.knobs.hosting
    chances[masked, 2] = setting.knobs.hosting
    bounds = np.cumsum(chances / chances.sum(axis=1, keepdims=True), axis=1)
    drawn: Array = (rng.random(len(kind))[:, None] > bounds[kind]).sum(axis=1).clip(0, 5)
    return drawn


def sit(
    setting: Setting, rng: np.random.Generator, ph: Columns, seats: Columns, phase: Array, at: Array
) -> Array:
    """Choose the seat that each thing is done from: travellers in turn, others by habit."""
    count, places = seats["count"][phase], seats["places"][phase]
    first = (np.cumsum(seats["count"]) - seats["count"])[phase]
    skew = np.where(ph["place"][phase] == PLACES.index("masked"), 1.0, 2.2)
    turn = np.array([PATTERNS[name].in_turn for name in PLACES])[ph["place"][phase]]
    people = count // places
    person = (rng.random(len(phase)) ** 1.6 * people).astype(np.int64)
    where = (rng.random(len(phase)) ** skew * places).astype(np.int64)
    where = np.where(turn, (at * places // (setting.end + 1)).clip(0, None), where)
    seat: Array = first + person.clip(0, people - 1) * places + where.clip(0, places - 1)
    return seat


def addresses(
    setting: Setting, rng: np.random.Generator, ph: Columns, seats: Columns, seat: Array, at: Array
) -> Array:
    """Return the address of each thing: one's own for a fortnight, or one of a pool."""
    network, asn = seats["network"][seat], seats["asn"][seat]
    pool = np.array([5_000, 48, 160, 30, 6, 1])[network]
    own = np.isin(network, (0, 5)) & ~seats["fresh"][seat]
    account = ph["account"][seats["phase"][seat]]
    fixed = setting.mark(
        "own address", account * 4096 + asn % 4096, at // (14 * DAY) * (network == 0)
    )
    return np.where(own, fixed, setting.mark("pool address", asn, rng.integers(0, pool)))
