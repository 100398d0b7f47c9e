"""Wrongs that are not proxy access: stolen keys (victims), mining and trials, payment fraud."""

from __future__ import annotations

from detector.simulate.registry import Signs, typology
from detector.simulate.signs import access as a
from detector.simulate.signs import compute as c
from detector.simulate.signs import linkage as k
from detector.simulate.signs import models as m
from detector.simulate.signs import money as b
from detector.simulate.signs import records as r
from detector.simulate.signs import wrongs as w
from detector.simulate.world import OTHER, VICTIM


@typology("T07", weight=1.0, sizes=(1, 4), gpu=0.0, role=VICTIM)
def stolen_key() -> Signs:
    """Strangers call models with a customer's stolen key."""
    return [
        w.stolen_calls, a.many_places, a.recon, m.sudden_models, m.flat_hours, m.top_tier,
        m.at_the_limit, a.automated, m.many_clients, m.refused,
    ]  # fmt: skip


@typology("T13", weight=1.0, sizes=(2, 30), gpu=0.9, role=OTHER)
def mining_and_trials() -> Signs:
    """Trials and credits burnt on mining."""
    return [
        w.closed_for_fraud, w.mining, k.batch_sign_up,
        k.share_device, k.share_payment, b.on_credits, b.stop_work,
        r.unverified, c.early_gpu, k.share_form_text, a.vpn_access, c.hops_regions,
    ]  # fmt: skip


@typology("fraud", weight=1.0, sizes=(1, 12), gpu=0.4, role=OTHER)
def payment_fraud() -> Signs:
    """Stolen cards: charged back after some weeks."""
    return [
        w.chargebacks, w.closed_for_fraud, b.prepaid_instruments,
        b.third_party_payer, k.share_device, r.unverified,
        r.phone_elsewhere, a.vpn_access, b.refunds, k.batch_sign_up, b.stop_work,
    ]  # fmt: skip
