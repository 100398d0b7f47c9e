"""Typologies of resold and harvested model access: T03, T04, T05, T06, T15."""

from __future__ import annotations

from detector.simulate.registry import Signs, typology
from detector.simulate.signs import access as a
from detector.simulate.signs import compute as c
from detector.simulate.signs import linkage as k
from detector.simulate.signs import models as m
from detector.simulate.signs import money as b
from detector.simulate.signs import records as r


@typology(
    "T03", weight=1.5, sizes=(4, 40), gpu=0.2,
    only={
        "dev": lambda: [k.share_email],
        "valid": lambda: [k.share_referral],
        "test": lambda: [a.key_rotation],
    },
)  # fmt: skip
def account_farm() -> Signs:
    """Many accounts opened in bursts and run alike: a hydra."""
    return [
        k.batch_sign_up, k.share_form_text, k.share_phone, k.share_payment, k.share_device,
        a.hosting_egress, m.equal_rates, m.takes_turns, r.unverified, b.prepaid_instruments,
        m.steady_rate, k.share_client, k.share_templates, b.same_odd_amounts,
    ]  # fmt: skip


@typology(
    "T04", weight=1.3, sizes=(1, 24), gpu=0.0,
    only={
        "dev": lambda: [m.no_weekend],
        "valid": lambda: [m.refused],
        "test": lambda: [m.many_clients],
    },
)  # fmt: skip
def relay() -> Signs:
    """Model calls resold to many through one client."""
    return [
        m.many_templates, m.flat_hours, a.hosting_egress, m.takes_turns, m.at_the_limit,
        m.little_cache, k.share_client, m.one_app, a.automated, m.equal_rates,
        b.round_top_ups, b.prepaid_instruments,
        r.unverified, m.refused, a.vpn_access, a.disguised_agents, k.under_one_payer,
        m.split_keys,
    ]  # fmt: skip


@typology(
    "T05", weight=0.7, sizes=(1, 10), gpu=0.0,
    only={
        "dev": lambda: [b.round_top_ups],
        "valid": lambda: [a.place_mismatch],
        "test": lambda: [k.share_network],
    },
)  # fmt: skip
def pooling() -> Signs:
    """One subscription used by a crowd, at the limit day and night."""
    return [
        m.at_the_limit, m.flat_hours, m.many_clients, a.added_operators, a.many_places,
        m.no_weekend, k.share_payment, m.top_tier, m.steady_rate,
        b.prepaid_instruments, r.unverified, m.many_templates, a.many_devices,
    ]  # fmt: skip


@typology(
    "T06", weight=1.2, sizes=(3, 40), gpu=0.05,
    only={
        "dev": lambda: [m.refused],
        "valid": lambda: [m.at_the_limit],
        "test": lambda: [a.automated],
    },
)  # fmt: skip
def harvest() -> Signs:
    """Answers of the best models are collected over many accounts."""
    return [
        k.share_templates, m.long_outputs, m.top_tier, m.new_model_at_once, m.narrow_lengths,
        m.equal_rates, m.steady_rate, m.flat_hours, k.batch_sign_up, a.hosting_egress,
        m.little_cache,
        k.share_client, r.unverified, b.prepaid_instruments, m.few_templates,
    ]  # fmt: skip


@typology(
    "T15", weight=0.7, sizes=(1, 10), gpu=0.35,
    only={
        "dev": lambda: [b.third_party_payer],
        "valid": lambda: [m.top_tier],
        "test": lambda: [b.prepaid_instruments],
    },
)  # fmt: skip
def place_masking() -> Signs:
    """Where the users are is hidden, and models are sought where they are on offer."""
    return [
        a.place_mismatch, a.hosting_egress, a.vpn_access, c.hops_regions, r.phone_elsewhere,
        m.new_model_at_once, a.asks_for_models, m.sudden_models, c.sudden_gpu, m.flat_hours,
        a.many_places, b.prepaid_instruments, r.unverified, a.automated, a.disguised_agents,
    ]  # fmt: skip
