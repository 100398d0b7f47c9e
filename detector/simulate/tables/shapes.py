"""Four export shapes: AWS by the hour, Azure by the day, GCP in GPU-hours, a neocloud."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from detector.simulate.catalogue import (
    AWS,
    AZURE,
    COMPUTE_NAMES,
    GCP,
    GCP_GPU_NAMES,
    MACHINES,
    MODEL_SERVICES,
    MODELS,
    NEO,
    PROVIDERS,
    REGIONS,
    SERVICES,
    Machine,
)  # fmt: skip
from detector.simulate.frame import blank, decimals, hexes, times, words
from detector.simulate.names import CURRENCIES, RATES
from detector.simulate.rng import Ints, mix64
from detector.simulate.tables.charges import (
    CREDIT,
    GPU,
    PURCHASE,
    SERVICE,
    TAX,
    TOKENS_IN,
    TOKENS_OUT,
    Charges,
)  # fmt: skip
from detector.simulate.world import World

_CATEGORY: Final = ("Usage", "Usage", "Usage", "Usage", "Tax", "Credit", "Purchase")
_PRICING: Final = ("Standard", "Committed", "Dynamic")
# Items of all kinds in one numbering: services, machines, models (in, out), lump sums.
_FIRST_MACHINE: Final = len(SERVICES)
_FIRST_IN: Final = _FIRST_MACHINE + len(MACHINES)
_FIRST_OUT: Final = _FIRST_IN + len(MODELS)
_FIRST_LUMP: Final = _FIRST_OUT + len(MODELS)


def shape(world: World, charges: Charges, cloud: int) -> pl.DataFrame:
    """Give charges the columns of one provider's FOCUS export."""
    item = _item(charges)
    texts = _texts(cloud)
    usage = charges.kind <= TOKENS_OUT
    quantity = _quantity(charges, cloud)
    frame = pl.DataFrame(
        {
            "ChargePeriodStart": times(charges.begin),
            "ChargePeriodEnd": times(charges.begin + charges.length),
            **_parties(world, charges, cloud),
            "ChargeCategory": words(charges.kind, _CATEGORY),
            "ChargeClass": words(np.where(charges.correction, 0, -1), ("Correction",)),
            "ChargeDescription": words(item, texts["description"]),
            "ChargeFrequency": words((charges.kind > TOKENS_OUT) * 1, ("Usage-Based", "Recurring")),
            "ServiceName": words(item, texts["service"]),
            "ServiceCategory": words(item, texts["category"]),
            "SkuId": words(item, texts["sku"]),
            "SkuPriceDetails": words(np.where(usage, item, -1), texts["details"]),
            "SkuMeter": words(np.where(usage, item, -1), texts["meter"]),
            "ResourceType": words(np.where(usage, item, -1), texts["resource"]),
            "ResourceId": _resource(world, charges),
            "RegionId": words(_region(world, charges), REGIONS[cloud]),
            "ConsumedQuantity": blank(decimals(quantity, 6), ~usage),
            "ConsumedUnit": words(np.where(usage, item, -1), texts["unit"]),
            **_pricing(charges),
            **_money(world, charges),
        }
    )
    return frame.select(_columns(cloud))


def _columns(cloud: int) -> list[str]:
    """Each export lacks what its provider does not write."""
    every = [
        "ChargePeriodStart", "ChargePeriodEnd", "BillingAccountId", "SubAccountId",
        "ServiceProviderName", "InvoiceIssuerName", "ChargeCategory", "ChargeClass",
        "ChargeDescription", "ChargeFrequency", "ServiceName", "ServiceCategory", "SkuId",
        "SkuPriceDetails", "SkuMeter", "ResourceType", "ResourceId", "RegionId",
        "ConsumedQuantity", "ConsumedUnit", "PricingCategory", "CommitmentDiscountStatus",
        "CommitmentDiscountType", "EffectiveCost", "BilledCost", "ListCost", "BillingCurrency",
    ]  # fmt: skip
    lacks = {
        AWS: {"SkuMeter", "ResourceType"},
        AZURE: {"SkuPriceDetails"},
        GCP: {"SkuPriceDetails", "ResourceType"},
        NEO: {"SkuMeter", "SkuPriceDetails", "CommitmentDiscountType"},
    }[cloud]
    return [name for name in every if name not in lacks]


def _item(charges: Charges) -> Ints:
    first = np.array(
        [0, _FIRST_MACHINE, _FIRST_IN, _FIRST_OUT, _FIRST_LUMP, _FIRST_LUMP, _FIRST_LUMP]
    )
    lump = np.where(charges.kind >= TAX, charges.kind - TAX, 0)
    return np.asarray(first[charges.kind] + charges.item + lump, dtype=np.int64)


def _quantity(charges: Charges, cloud: int) -> Ints:
    """Billions of tokens would not fit: clouds count them singly, by 1,000 or by a million."""
    gpus = np.array([machine.gpus for machine in MACHINES])
    quantity = charges.quantity.copy()
    if cloud == GCP:
        rows = charges.kind == GPU
        quantity[rows] *= gpus[charges.item[rows]]
    tokens = np.isin(charges.kind, (TOKENS_IN, TOKENS_OUT))
    if cloud == AZURE:
        quantity[tokens] //= 1000
    if cloud == NEO:
        quantity[tokens] //= 1_000_000
    return quantity


def _texts(cloud: int) -> dict[str, list[str]]:
    """Return what each item is called in a provider's export, by column."""
    compute, models = COMPUTE_NAMES[cloud], MODEL_SERVICES[cloud]
    token_unit = ("Tokens", "1K tokens", "Tokens", "1M tokens")[cloud]
    rows: list[tuple[str, ...]] = [
        (f"{PROVIDERS[cloud]} {name}", category, f"{name.title()} usage", name, "{}", name,
         name, unit)
        for name, category, unit, _ in SERVICES
    ]  # fmt: skip
    rows += [_machine(machine, compute, cloud) for machine in MACHINES]
    for side in ("input", "output"):
        rows += [
            (models, "AI and Machine Learning", f"{m.name} {side} tokens", f"{m.name}-{side}",
             f'{{"Model":"{m.name}","TokenType":"{side}"}}', f"{m.name} {side} tokens",
             "model endpoint", token_unit)
            for m in MODELS
        ]  # fmt: skip
    rows += [
        (f"{PROVIDERS[cloud]} billing", "Other", text, text.lower().replace(" ", "-"), "{}",
         text, "billing", "")
        for text in ("Tax", "Credit applied", "Commitment fee")
    ]  # fmt: skip
    keys = ("service", "category", "description", "sku", "details", "meter", "resource", "unit")
    return {key: [row[i] for row in rows] for i, key in enumerate(keys)}


def _machine(machine: Machine, compute: str, cloud: int) -> tuple[str, ...]:
    name, part = machine.name, machine.part
    if cloud == GCP:
        gpu = f"{GCP_GPU_NAMES.get(part, part)} GPU running in Americas"
        return (compute, "Compute", gpu, f"sku-{part.lower()}", "{}", gpu, "", "GPU-hours")
    text = f"{name} instance hour"
    resource = name if cloud == AZURE else "virtual machine"
    meter = name if cloud == AZURE and "ND" in name else "Virtual machine"
    details = f'{{"InstanceType":"{name}"}}'
    return (compute, "Compute", text, name, details, meter, resource, "Hours")


def _parties(world: World, charges: Charges, cloud: int) -> dict[str, pl.Series]:
    ids = world.ids
    payer = world.traits["payer"]
    payer = np.where(payer < 0, np.arange(world.accounts), payer)[charges.account]
    who = words(np.full(len(payer), cloud), PROVIDERS)
    return {
        "BillingAccountId": ids.gather(payer.astype(np.uint32)),
        "SubAccountId": ids.gather(charges.account.astype(np.uint32)),
        "ServiceProviderName": who,
        "InvoiceIssuerName": who,
    }


def _region(world: World, charges: Charges) -> Ints:
    t = world.traits
    bits = mix64(charges.account * 4096 + charges.day(), 11)
    hop = (bits % np.uint64(10_000)).astype(np.float64) / 10_000 < t["region_hop"][charges.account]
    other = ((bits >> np.uint64(32)) % np.uint64(6)).astype(np.int64)
    return np.where(hop, other, t["region"][charges.account]).astype(np.int64)


def _resource(world: World, charges: Charges) -> pl.Series:
    slot = np.where(charges.kind == GPU, 1 + charges.item, 100 + charges.item)
    ids = np.where(charges.kind <= GPU, charges.account * 512 + slot, 0)
    ids = np.where((charges.kind == SERVICE) & (charges.item > 2), 0, ids)
    return pl.select("r-" + hexes(ids, world.seed + 5)).to_series()


def _pricing(charges: Charges) -> dict[str, pl.Series]:
    usage = charges.kind <= TOKENS_OUT
    committed = (charges.kind == GPU) & (charges.pricing == 1)
    status = np.where(committed, np.where(charges.idle, 1, 0), -1)
    return {
        "PricingCategory": words(np.where(usage, charges.pricing, -1), _PRICING),
        "CommitmentDiscountStatus": words(status, ("Used", "Unused")),
        "CommitmentDiscountType": words(np.where(committed, 0, -1), ("Reservation",)),
    }


def _money(world: World, charges: Charges) -> dict[str, pl.Series]:
    code = world.traits["currency"][charges.account].astype(np.int64)
    rate = np.array(RATES)[code]
    covered = (charges.kind == GPU) & (charges.pricing == 1)
    billed = np.where(covered, 0.0, charges.billed)
    listed = np.where(np.isin(charges.kind, (CREDIT, PURCHASE)), 0.0, charges.listed)
    money = {"EffectiveCost": charges.effective, "BilledCost": billed, "ListCost": listed}
    columns = {
        name: decimals(np.round(usd / rate * 1e6).astype(np.int64), 6)
        for name, usd in money.items()
    }
    return {**columns, "BillingCurrency": words(code, CURRENCIES)}
