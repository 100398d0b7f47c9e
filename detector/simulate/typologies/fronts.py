"""Typologies in which somebody stands in front of the user: T01, T02, T08, T12, T14, T16."""

from __future__ import annotations

from detector.simulate.registry import Signs, typology
from detector.simulate.signs import access as a
from detector.simulate.signs import compute as c
from detector.simulate.signs import linkage as k
from detector.simulate.signs import models as m
from detector.simulate.signs import money as b
from detector.simulate.signs import records as r


@typology(
    "T01", weight=1.5, sizes=(1, 14), gpu=0.6,
    only={
        "dev": lambda: [k.share_device, b.refunds],
        "valid": lambda: [k.share_address, r.verified_late],
        "test": lambda: [k.share_form_text, a.automated],
    },
)  # fmt: skip
def intermediary() -> Signs:
    """A trader holds the account, somebody else uses it on one prepaid budget."""
    return [
        b.one_budget, b.round_top_ups, b.third_party_payer, r.trader_profile, r.no_end_use,
        a.added_operators, a.new_networks, a.place_mismatch, m.one_app, c.sudden_gpu,
        m.sudden_models, m.round_cap, k.under_one_payer,
    ]  # fmt: skip


@typology(
    "T02", weight=1.3, sizes=(1, 12), gpu=0.5,
    only={
        "dev": lambda: [a.recon],
        "valid": lambda: [a.quota_requests],
        "test": lambda: [r.verified_late],
    },
)  # fmt: skip
def purchase() -> Signs:
    """An account with a past is bought and changes hands."""
    return [
        r.dormant_before, a.hand_over, a.new_operators, a.new_networks, b.new_instrument,
        r.changed_mix, c.sudden_gpu, m.sudden_models, a.asks_for_models, c.bigger_machines,
        b.third_party_payer,
    ]  # fmt: skip


@typology(
    "T08", weight=1.1, sizes=(1, 8), gpu=0.75,
    only={
        "dev": lambda: [b.new_instrument],
        "valid": lambda: [a.quota_requests],
        "test": lambda: [c.idle_reserve],
    },
)  # fmt: skip
def shell_ladder() -> Signs:
    """Young shell firms with one operator: the contract moves, the work stays."""
    return [
        r.young_entity, r.opaque_owners, r.formation_agent, r.no_end_use, k.share_ssh_key,
        k.share_image, k.share_device, a.place_mismatch, c.training, c.early_gpu,
        m.sudden_models, r.phone_elsewhere, k.succession,
        b.third_party_payer, a.added_operators,
    ]  # fmt: skip


@typology(
    "T12", weight=0.8, sizes=(1, 20), gpu=0.8,
    only={
        "dev": lambda: [k.share_form_text],
        "valid": lambda: [k.share_referral],
        "test": lambda: [k.share_phone],
    },
)  # fmt: skip
def credit_arbitrage() -> Signs:
    """Start-up credits turned into controlled GPU time for somebody else."""
    return [
        b.on_credits, c.early_gpu, b.stop_work, r.young_entity, r.no_end_use, k.batch_sign_up,
        r.changed_mix, c.same_machine, k.share_image, a.place_mismatch, m.top_tier,
        c.training, k.share_device,
    ]  # fmt: skip


@typology(
    "T14", weight=0.8, sizes=(3, 24), gpu=0.5,
    only={
        "dev": lambda: [b.prepaid_instruments],
        "valid": lambda: [r.verified_late],
        "test": lambda: [a.key_rotation],
    },
)  # fmt: skip
def structuring() -> Signs:
    """One demand cut into pieces under a threshold, in turns over siblings."""
    return [
        b.hugs_threshold, m.equal_rates, m.takes_turns, a.quota_requests, r.unverified,
        k.batch_sign_up, c.same_machine, k.share_payment, b.round_top_ups, k.share_client,
        m.steady_rate, k.share_device, r.no_end_use, a.hosting_egress, b.same_odd_amounts,
    ]  # fmt: skip


@typology(
    "T16", weight=0.9, sizes=(1, 12), gpu=0.4,
    only={
        "dev": lambda: [r.phone_elsewhere],
        "valid": lambda: [b.prepaid_instruments],
        "test": lambda: [a.vpn_access],
    },
)  # fmt: skip
def reconstitution() -> Signs:
    """Comes back after enforcement with some of the old things."""
    return [
        k.near_enforced, k.near_enforced_image, k.after_enforcement, m.flat_hours, m.equal_rates,
        k.share_client, c.early_gpu, r.unverified, b.prepaid_instruments, k.share_templates,
        k.batch_sign_up, a.vpn_access, k.share_device, a.disguised_agents,
    ]  # fmt: skip
