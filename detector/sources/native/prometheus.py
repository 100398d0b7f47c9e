"""Prometheus ``query_range`` answers to ``gpu_telemetry``.

Shape: Prometheus documentation, "HTTP API: Range queries": ``data.result`` is a list of
series, each with a ``metric`` (its labels) and ``values`` ([unix seconds, "value"]). Labels
are those of NVIDIA's dcgm-exporter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from detector.sources.native.adapter import (
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    from_epoch,
    records_of,
    text,
)  # fmt: skip


def _recognises(record: Record) -> bool:
    return isinstance(record.get("metric"), dict) and ("values" in record or "value" in record)


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:  # noqa: ARG001 - an adapter's form
    labels = record.get("metric")
    if not isinstance(labels, dict) or not _recognises(record):
        raise UnusableRecord("it is not a series: metric or values is missing")
    samples = record["values"] if "values" in record else [record["value"]]
    for sample in records_of(samples):
        pair = sample if isinstance(sample, list) and len(sample) == 2 else (None, None)
        yield {
            "time": from_epoch(pair[0]),
            "metric": text(dig(labels, "__name__")),
            "value": text(pair[1]),
            **source_of(labels),
        }


def source_of(labels: Mapping[str, Any]) -> Row:
    """Return the columns that say which GPU a sample is of."""
    names = ("instance_id", "Hostname", "hostname", "instance")
    gpu = text(labels.get("UUID")) or text(labels.get("uuid"))
    return {
        "instance_id": next((v for n in names if (v := text(labels.get(n)))), None),
        "gpu_uuid": gpu,
        "account_id": text(labels.get("account_id")),
        "gpu_model": text(labels.get("modelName")),
    }


ADAPTER: Final = Adapter(
    "Prometheus query_range", "gpu_telemetry", _recognises, _rows, (("data", "result"),)
)
