"""Typologies of controlled machines: T09, T10, T11, T17, T20, T21."""

from __future__ import annotations

from detector.simulate.registry import Signs, typology
from detector.simulate.signs import access as a
from detector.simulate.signs import compute as c
from detector.simulate.signs import linkage as k
from detector.simulate.signs import money as b
from detector.simulate.signs import records as r


@typology(
    "T09", weight=0.5, sizes=(1, 3), gpu=1.0,
    only={
        "dev": lambda: [k.share_device],
        "valid": lambda: [a.place_mismatch],
        "test": lambda: [c.training],
    },
)  # fmt: skip
def anchor_tenant() -> Signs:
    """One tenant takes most of a new cluster, for somebody found beforehand."""
    return [
        c.idle_reserve, c.early_gpu, r.young_entity, r.opaque_owners, r.no_end_use,
        a.quota_requests, a.added_operators, b.third_party_payer, r.formation_agent,
        k.share_address, c.training,
    ]  # fmt: skip


@typology(
    "T10", weight=0.7, sizes=(1, 5), gpu=1.0,
    only={
        "dev": lambda: [b.one_budget],
        "valid": lambda: [r.young_entity],
        "test": lambda: [b.round_top_ups],
    },
)  # fmt: skip
def data_ferry() -> Signs:
    """Data comes on disks, models leave at the end, then silence."""
    return [
        c.little_ingress, c.egress_at_end, c.training, c.sudden_gpu, r.no_end_use,
        a.added_operators, k.share_ssh_key, a.place_mismatch, r.other_end_use,
        b.round_top_ups, r.young_entity, k.share_image,
    ]  # fmt: skip


@typology(
    "T11", weight=0.6, sizes=(1, 8), gpu=1.0,
    only={
        "dev": lambda: [b.round_top_ups],
        "valid": lambda: [c.churn],
        "test": lambda: [a.hosting_egress],
    },
)  # fmt: skip
def anonymous_rental() -> Signs:
    """Short leases paid by crypto under names that say nothing."""
    return [
        b.crypto, r.unverified, c.short_leases, c.hops_regions, a.vpn_access, k.share_image,
        k.share_ssh_key, r.no_end_use, c.training,
        c.early_gpu, b.round_top_ups, k.share_device,
    ]  # fmt: skip


@typology(
    "T17", weight=0.8, sizes=(1, 3), gpu=1.0,
    only={
        "dev": lambda: [b.refunds],
        "valid": lambda: [a.key_rotation],
        "test": lambda: [c.hops_regions],
    },
)  # fmt: skip
def aggregator() -> Signs:
    """A computing centre's account with many strangers inside."""
    return [
        c.tenants, c.idle_reserve, c.training, r.no_end_use, r.trader_profile,
        a.added_operators, b.third_party_payer, c.churn, a.many_places,
        r.young_entity, r.opaque_owners, c.early_gpu, k.under_one_payer, a.many_devices,
    ]  # fmt: skip


@typology(
    "T20", weight=0.8, sizes=(1, 6), gpu=1.0,
    only={
        "dev": lambda: [b.crypto],
        "valid": lambda: [r.unverified],
        "test": lambda: [k.share_ssh_key],
    },
)  # fmt: skip
def sub_letting() -> Signs:
    """Rented GPUs are let again by the hour."""
    return [
        c.churn, c.many_ssh_keys, c.tenants, a.added_operators, b.round_top_ups, k.share_image,
        r.other_end_use, a.hosting_egress, a.key_rotation, a.many_devices,
    ]  # fmt: skip


@typology(
    "T21", weight=0.9, sizes=(1, 6), gpu=1.0,
    only={
        "dev": lambda: [a.quota_requests],
        "valid": lambda: [r.opaque_owners],
        "test": lambda: [b.third_party_payer],
    },
)  # fmt: skip
def end_use_mismatch() -> Signs:
    """Says web, game or render; trains day and night."""
    return [
        r.other_end_use, c.training, c.bigger_machines, c.little_ingress, r.changed_mix,
        k.share_image, a.place_mismatch, r.verified_late,
        a.added_operators, c.same_machine, c.egress_at_end, r.young_entity,
    ]  # fmt: skip
