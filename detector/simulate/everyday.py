"""Single signs that innocents carry for no special reason: nobody is all ordinary."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.simulate import habits
from detector.simulate.registry import Shape
from detector.simulate.rng import Ints
from detector.simulate.signs import access, compute, linkage, models, money, records
from detector.simulate.world import World

# sign: share of accounts that carry it, one by one.
_SINGLE: Final[tuple[tuple[Shape, float], ...]] = (
    (access.hand_over, 0.02), (access.new_operators, 0.03), (access.added_operators, 0.06),
    (access.new_networks, 0.03), (access.hosting_egress, 0.05), (access.vpn_access, 0.05),
    (access.place_mismatch, 0.04), (access.many_places, 0.02), (access.recon, 0.012),
    (access.asks_for_models, 0.05), (access.quota_requests, 0.04), (access.key_rotation, 0.02),
    (access.automated, 0.06), (access.many_devices, 0.04), (access.disguised_agents, 0.04),
    (money.one_budget, 0.012), (money.round_top_ups, 0.06),
    (money.third_party_payer, 0.05), (money.prepaid_instruments, 0.04), (money.crypto, 0.008),
    (money.new_instrument, 0.05), (money.on_credits, 0.03), (money.hugs_threshold, 0.015),
    (money.refunds, 0.015), (money.stop_work, 0.04), (records.trader_profile, 0.03),
    (records.no_end_use, 0.12), (records.other_end_use, 0.06), (records.young_entity, 0.05),
    (records.verified_late, 0.03), (records.opaque_owners, 0.05), (records.formation_agent, 0.03),
    (records.phone_elsewhere, 0.04), (records.dormant_before, 0.03), (records.changed_mix, 0.03),
)  # fmt: skip
_WITH_GPU: Final[tuple[tuple[Shape, float], ...]] = (
    (compute.sudden_gpu, 0.1), (compute.early_gpu, 0.08), (compute.bigger_machines, 0.08),
    (compute.training, 0.08), (compute.little_ingress, 0.05), (compute.egress_at_end, 0.03),
    (compute.idle_reserve, 0.04), (compute.churn, 0.06), (compute.tenants, 0.015),
    (compute.hops_regions, 0.04), (compute.short_leases, 0.06), (compute.many_ssh_keys, 0.05),
)  # fmt: skip
_WITH_MODELS: Final[tuple[tuple[Shape, float], ...]] = (
    (models.flat_hours, 0.12), (models.no_weekend, 0.15), (models.steady_rate, 0.1),
    (models.top_tier, 0.12), (models.long_outputs, 0.07), (models.narrow_lengths, 0.08),
    (models.new_model_at_once, 0.09), (models.at_the_limit, 0.05), (models.refused, 0.03),
    (models.one_app, 0.2), (models.many_clients, 0.04), (models.many_templates, 0.06),
    (models.few_templates, 0.1), (models.little_cache, 0.12), (models.round_cap, 0.03),
    (models.sudden_models, 0.1), (models.split_keys, 0.06),
)  # fmt: skip
# Two or three strangers who happen to share one thing: a sold laptop, a recycled number.
_PAIRS: Final = (
    linkage.share_phone, linkage.share_device, linkage.share_payment, linkage.share_network,
    linkage.share_form_text, linkage.share_image, linkage.share_email, linkage.under_one_payer,
    linkage.share_templates, money.same_odd_amounts,
)  # fmt: skip


def scatter_single_signs(world: World, index: Ints) -> None:
    """Give random innocents single signs at appreciable rates."""
    rng = world.streams.of("single signs")
    gpu = index[world.traits["gpu"][index] == 1]
    llm = index[world.traits["llm"][index] == 1]
    for who, signs in ((index, _SINGLE), (gpu, _WITH_GPU), (llm, _WITH_MODELS)):
        for sign, share in signs:
            habits.scatter(world, rng, who, sign, share * world.variety.stray)
    habits.scatter(world, rng, index, _own_accounts, 0.12, group=2)
    habits.scatter(world, rng, index, _own_accounts, 0.03, group=3)
    for sign in _PAIRS:
        habits.scatter(world, rng, index, sign, 0.008, group=2)


def _own_accounts(world: World, rng: np.random.Generator, index: Ints) -> None:
    """One person's two or three accounts, say for work and at home: much in common."""
    for sign in (
        linkage.share_phone, linkage.share_device, linkage.share_payment, linkage.share_network,
        linkage.share_address,
    ):  # fmt: skip
        if rng.random() < 0.6:
            sign(world, rng, index)
    if rng.random() < 0.25:
        linkage.under_one_payer(world, rng, index)
