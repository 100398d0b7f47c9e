"""One usage row's SKU texts -> the GPU-hours or tokens that one consumed unit holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from features.catalogue import schemes, tokens, wording
from features.catalogue.accompanying import beside_the_machine
from features.catalogue.units import Unit, parse_unit
from features.catalogue.words import TEXT_LIMIT, find_instances, find_model, model_keys

SKU_COLUMNS: Final = ("SkuPriceDetails", "SkuMeter", "ResourceType", "ChargeDescription", "SkuId")
ROW_COLUMNS: Final = (*SKU_COLUMNS, "ConsumedUnit", "ServiceName", "ServiceCategory")

EXACT: Final = 1.0
GPU_UNIT: Final = 0.9
STATED: Final = 0.8
PER_GPU: Final = 0.7
COUNTED: Final = 0.6
CONTRADICTED: Final = 0.6
ASSUMED_ONE: Final = 0.5

_INSTANCE_KEYS: Final = frozenset({
    "instancetype", "skuinstancetype", "servicetype", "vmsize", "machinetype", "machinespec",
    "shape", "computeshape", "armskuname", "skuname", "usagetype", "meter", "metername",
    "instance", "resourcetype", "gputype", "gpumodel", "gpuname", "gpu", "accelerator",
    "acceleratortype", "acceleratorname", "description", "skudescription",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance type of the catalogue: its GPU part, that part's model, and how many."""

    name: str
    part: str
    model: str
    count: Fraction


@dataclass(frozen=True, slots=True)
class Index:
    """The catalogue in the form matching needs: names in one spelling."""

    instances: Mapping[str, Instance]
    parts: Mapping[str, tuple[str, str]]
    short: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a row is; the columns that `Catalogue.map_skus` adds, in their order."""

    kind: str = "other"
    gpu_model: str | None = None
    gpu_part: str | None = None
    instance_type: str | None = None
    gpu: Fraction | None = None
    token: Fraction | None = None
    token_direction: str | None = None
    model_hint: str | None = None
    mapping_confidence: float | None = None
    mapped_by: str | None = None
    unknown_instance: bool = False
    timeless: bool = False


@dataclass(frozen=True, slots=True)
class _Hit:
    """What one text says: a GPU, how many where it says so, and how sure that is."""

    part: str
    model: str
    instance: str | None = None
    count: Fraction | None = None
    confidence: float = ASSUMED_ONE


@dataclass(frozen=True, slots=True)
class _Row:
    """The texts of one row, read once."""

    texts: Mapping[str, tuple[str, ...]]
    details: Mapping[str, str]
    unit: Unit
    service: str
    category: str
    low: str = field(init=False)

    def __post_init__(self) -> None:
        joined = "\n".join(t for texts in self.texts.values() for t in texts)
        object.__setattr__(self, "low", joined.lower())


def map_row(row: Mapping[str, str | None], index: Index) -> Mapped:
    """Map one row of `ROW_COLUMNS`.

    Rows that are no GPU time and no tokens come back as kind ``other``. Such a row is marked
    ``unknown_instance`` where it names an accelerator instance that the catalogue lacks, and
    ``timeless`` where it names a GPU in a unit that is no time.
    """
    read = _read(row)
    spelled = "\n".join(tokens.spell_out(t) for texts in read.texts.values() for t in texts)
    if (found := tokens.read_tokens(read.unit, spelled)) is not None:
        return _token_row(found, read)
    if beside_the_machine(read.low, read.service, read.category) is not None:
        return Mapped()
    hits = ((column, _match(read, column, index)) for column in SKU_COLUMNS)
    column, hit = next((found for found in hits if found[1] is not None), (None, None))
    if not read.unit.is_time:
        return Mapped(timeless=hit is not None or _looks_like_one(read))
    if hit is None or column is None:
        return Mapped(unknown_instance=_looks_like_one(read))
    return _gpu_row(hit, column, read)


def _read(row: Mapping[str, str | None]) -> _Row:
    details = _details(row["SkuPriceDetails"])
    texts: dict[str, tuple[str, ...]] = {
        c: (text[:TEXT_LIMIT],) for c in SKU_COLUMNS if (text := row[c])
    }
    if details is not None:
        texts["SkuPriceDetails"] = tuple(_telling_values(details))
    return _Row(
        texts=texts,
        details=details or {},
        unit=parse_unit(row["ConsumedUnit"]),
        service=(row["ServiceName"] or "").lower(),
        category=(row["ServiceCategory"] or "").lower().strip(),
    )


def _details(text: str | None) -> dict[str, str] | None:
    """Return a JSON object as text by key in one spelling, or None if it is none."""
    if not text or not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    details = {}
    for key in sorted(found):
        value = found[key]
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            details[model_keys(key.lower().removeprefix("x_"))[1]] = str(value)[:TEXT_LIMIT]
    return details


def _telling_values(details: Mapping[str, str]) -> Iterator[str]:
    """Yield the values that may name an instance or GPU, the instance keys first."""
    named = [k for k in details if k in _INSTANCE_KEYS]
    for key in sorted(named, key=lambda k: ("instance" not in k, k)):
        yield details[key]


def _match(row: _Row, column: str, index: Index) -> _Hit | None:
    texts = row.texts.get(column, ())
    for reader in (_exact, _told, _worded):
        for text in texts:
            if (hit := reader(text, row, index)) is not None:
                return hit
    return None


def _exact(text: str, row: _Row, index: Index) -> _Hit | None:
    found = find_instances(text, index.instances)
    if not found:
        return None
    best = found[0]
    stated = wording.stated_count(row.details)
    readings = {(i.model, i.count) for i in found}
    agrees = len(readings) == 1 and (stated is None or stated == best.count)
    return _Hit(best.part, best.model, best.name, best.count, EXACT if agrees else CONTRADICTED)


def _told(text: str, row: _Row, index: Index) -> _Hit | None:
    del row
    told = schemes.read_name(text.lower())
    if told is None:
        return None
    part = find_model(told.model, index.parts, skip=frozenset())
    return None if part is None else _Hit(*part, told.name, told.count, STATED)


def _worded(text: str, row: _Row, index: Index) -> _Hit | None:
    skip = frozenset[str]() if wording.speaks_of_gpus(row.low) else index.short
    part = find_model(text, index.parts, skip=skip)
    if part is None:
        return None
    if (stated := wording.stated_count(row.details)) is not None:
        return _Hit(*part, None, stated, STATED)
    if (count := wording.count_in(text.lower())) is not None:
        return _Hit(*part, None, count, COUNTED)
    return _Hit(*part)


def _gpu_row(hit: _Hit, column: str, row: _Row) -> Mapped:
    count, confidence = hit.count or Fraction(1), hit.confidence
    if row.unit.measure == "gpu_hours":
        count, confidence = Fraction(1), GPU_UNIT
    elif wording.is_per_gpu(row.low):
        count, confidence = Fraction(1), PER_GPU
    return Mapped(
        kind="gpu",
        gpu_model=hit.model,
        gpu_part=hit.part,
        instance_type=hit.instance,
        gpu=count * row.unit.factor,
        mapping_confidence=confidence,
        mapped_by=column,
    )


def _token_row(found: tokens.TokenRow, row: _Row) -> Mapped:
    return Mapped(
        kind="tokens",
        token=found.factor,
        token_direction=found.direction,
        model_hint=found.model,
        mapping_confidence=found.confidence,
        mapped_by=next((c for c in SKU_COLUMNS if c in row.texts), None),
    )


def _looks_like_one(row: _Row) -> bool:
    return schemes.follows_a_scheme(row.low) or wording.is_per_gpu(row.low)
