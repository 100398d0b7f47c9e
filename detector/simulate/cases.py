"""The shapes of the public cases, under invented names: what a provider could have seen.

C1: a trader buys A100 and H100 time on one budget. C3: an aged account is bought for model
access. C4: a trader resells 40 million tokens through one program. C5: a computing centre
rents hundreds of servers for others. And a hydra: many small accounts that harvest a model.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate import work
from detector.simulate.archetypes import ARCHETYPES
from detector.simulate.catalogue import AWS, AZURE, MACHINES
from detector.simulate.rng import Ints
from detector.simulate.signs import access as a
from detector.simulate.signs import compute as c
from detector.simulate.signs import linkage as k
from detector.simulate.signs import models as m
from detector.simulate.signs import money as b
from detector.simulate.signs import records as r
from detector.simulate.world import PROXY, World

_A100: Final = next(i for i, machine in enumerate(MACHINES) if machine.name == "p4d.24xlarge")
_H100: Final = next(i for i, machine in enumerate(MACHINES) if machine.name == "p5.48xlarge")
_A100_80: Final = next(i for i, machine in enumerate(MACHINES) if machine.name == "p4de.24xlarge")
_HYDRA: Final = 300


def plant_cases(world: World, free: list[int]) -> None:
    """Plant the four shapes, the hydra, and the notices that go with them."""
    rng = world.streams.of("cases")
    _budget_for_gpus(world, rng, _take(world, free, 1, "T01"))
    _bought_account(world, rng, _take(world, free, 1, "T02"))
    _token_trader(world, rng, _take(world, free, 1, "T01"))
    _computing_centre(world, rng, _take(world, free, 1, "T17"))
    _hydra(world, rng, _take(world, free, min(_HYDRA, max(12, world.accounts // 25)), "T03"))
    _bystanders(world)


def _take(world: World, free: list[int], size: int, typology: str) -> Ints:
    members = np.sort(np.array([free.pop() for _ in range(size)], dtype=np.int64))
    world.role[members] = PROXY
    world.ring[members] = world.rings
    for member in members:
        world.typology[member] = typology
    world.rings += 1
    world.traits.put(members, closed=1.0e6, until_day=1.0e6, from_day=-1.0e6, quiet_from=1.0e6,
                     quiet_until=1.0e6, gpu=0, llm=0, shift=-1, turn=0.3 * world.days)  # fmt: skip
    return members


def _notice(world: World, buyer: str, supplier: str, usd: int, title: str) -> None:
    world.tenders.append(
        {"day": 0.2 * world.days, "buyer": buyer, "supplier": supplier, "amount": usd,
         "title": title, "text": f"{title}. Awarded to {supplier}."}
    )  # fmt: skip


def _budget_for_gpus(world: World, rng: np.random.Generator, who: Ints) -> None:
    """C1: 28,000 USD, one 8-GPU machine at a time, operators other than the holder."""
    world.names[int(who[0])] = "Vantorre Brightline Trading"
    _notice(world, "Quillmere University", "Vantorre Brightline Trading", 28_000,
            "Cloud computing service with A100 and H100 accelerators")  # fmt: skip
    t = world.traits
    t.put(who, cloud=AWS, created=t["turn"][who] - 16, spend=0.4, act_p=0.6, ev_rate=3.0)
    work.give_gpu(world, rng, who)
    for sign in (b.one_budget, b.third_party_payer, r.trader_profile, r.no_end_use,
                 a.new_networks, a.new_operators, a.whole_hand_over):  # fmt: skip
        sign(world, rng, who)
    turn = t["turn"][who]
    t.put(who, pay_round=1.0, pay_match=0.0, machine_before=_A100, machine=_H100,
          gpu_switch=turn + 0.36 * world.days, gpu_count=1.0, gpu_hours=20.0, gpu_p=0.97,
          gpu_weekend=1.0, gpu_trend=0.0, gpu_from=turn, gpu_until=turn + 0.42 * world.days,
          gpu_pricing=0, job=work.TRAIN, telemetry=1, kyc=2)  # fmt: skip


def _bought_account(world: World, rng: np.random.Generator, who: Ints) -> None:
    """C3: an account with a past changes hands and does nothing but call models."""
    world.names[int(who[0])] = "Halvessen Datenwerk"
    _notice(world, "Ostermeer Centre for Circuit Design", "Kestrel Loom Technology", 84_000,
            "Use of an account at a cloud service abroad for a language model")  # fmt: skip
    t = world.traits
    t.put(who, cloud=AWS, created=-780.0)
    work.give_models(world, rng, who)
    for sign in (r.dormant_before, a.whole_hand_over, a.new_operators, a.new_networks,
                 b.new_instrument, a.asks_for_models, m.one_app):  # fmt: skip
        sign(world, rng, who)
    turn = t["turn"][who]
    t.put(who, created=-780.0, quiet_from=-20.0, quiet_until=turn, spend_after=0.02,
          llm_from=turn + 1, llm_until=1.0e6, llm_model=3, llm_rate=2500.0, llm_p=0.9,
          llm_in=7.3, llm_out=6.3, end_users=0, meter=1)  # fmt: skip


def _token_trader(world: World, rng: np.random.Generator, who: Ints) -> None:
    """C4: 40 million tokens in round budgets through one steady program."""
    world.names[int(who[0])] = "Orrin Vale Information Services"
    _notice(world, "Fennimore Polytechnic", "Orrin Vale Information Services", 9_000,
            "Model interface, 40 million tokens")  # fmt: skip
    t = world.traits
    t.put(who, cloud=AZURE, created=t["turn"][who] - 12, spend=0.2, act_p=0.2)
    work.give_models(world, rng, who)
    for sign in (r.trader_profile, b.round_top_ups, m.one_app, m.steady_rate, a.automated,
                 m.many_templates, m.little_cache):  # fmt: skip
        sign(world, rng, who)
    days = max(10.0, 0.55 * world.days)
    t.put(who, llm_from=t["turn"][who], llm_until=1.0e6, llm_model=1, llm_in=6.9, llm_out=5.9,
          llm_rate=40e6 / days / 1360, llm_p=1.0, llm_weekend=1.0, llm_cap=40e6, meter=1,
          pay_once=1, pay_round=1.0, llm_steady=0.95, llm_flat=0.6)  # fmt: skip


def _computing_centre(world: World, rng: np.random.Generator, who: Ints) -> None:
    """C5: 500 servers of eight A100 round the clock, many tenants, reserves."""
    world.names[int(who[0])] = "Marrowgate Computing Centre Operations"
    _notice(world, "Tallis Institute of Advanced Study", "Marrowgate Computing Centre Operations",
            1_400_000, "Rental of accelerated servers")  # fmt: skip
    t = world.traits
    t.put(who, cloud=AWS, created=-60.0)
    work.give_gpu(world, rng, who, job=work.TRAIN)
    for sign in (c.tenants, c.idle_reserve, r.young_entity, r.opaque_owners, r.no_end_use,
                 a.added_operators, a.quota_requests):  # fmt: skip
        sign(world, rng, who)
    t.put(who, machine=_A100_80, machine_before=-1, gpu_count=500.0, gpu_hours=24.0, gpu_p=0.99,
          gpu_weekend=1.0, gpu_from=0.1 * world.days, gpu_until=1.0e6, gpu_pricing=1,
          gpu_trend=0.0, reserved_idle=0.3, telemetry=1, churn=8.0)  # fmt: skip


def _hydra(world: World, rng: np.random.Generator, who: Ints) -> None:
    """Accounts opened in bursts; some 26 calls a day each; a new model within a day."""
    t, size = world.traits, len(who)
    born = 0.25 * world.days + np.sort(rng.uniform(0, 0.12 * world.days, size))
    t.put(who, created=born, turn=born + 1, customer_class=0, kyc=rng.choice([0, 2], size),
          spend=0.05, act_p=0.1)  # fmt: skip
    work.give_models(world, rng, who)
    for sign in (k.share_templates, k.share_form_text, m.new_model_at_once, m.narrow_lengths,
                 a.hosting_egress, b.prepaid_instruments, m.little_cache):  # fmt: skip
        sign(world, rng, who)
    for start in range(0, size, 15):
        some = who[start : start + 15]
        for sign in (k.share_payment, k.share_phone, k.share_client):
            sign(world, rng, some)
    t.put(who, llm_rate=25.6 * np.exp(rng.normal(0, 0.15, size)), llm_p=0.95, llm_weekend=1.0,
          llm_from=born + 0.5, llm_until=1.0e6, llm_model=3, llm_flat=0.8, llm_steady=0.8,
          llm_out=6.8, meter=1)  # fmt: skip


def _bystanders(world: World) -> None:
    """Notices that lead nowhere: nothing bought, or bought by an ordinary way."""
    _notice(world, "Wendelow Laboratory", "Ashgrove Compute Agency", 25_000,
            "Cloud computing service for a language model")  # fmt: skip
    names = sorted(ARCHETYPES)
    kind = names.index("licensed_reseller")
    resellers = np.flatnonzero((world.archetype == kind) & (world.traits["reseller"] == 1))
    if len(resellers):
        world.names[int(resellers[0])] = "Castellane Campus Supply"
        _notice(world, "Brackwater University", "Castellane Campus Supply", 60_000,
                "Cloud computing for coursework")  # fmt: skip
