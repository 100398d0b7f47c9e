"""Prometheus answers (``query_range`` and ``query``) to ``gpu_telemetry``.

Shape: Prometheus documentation, "HTTP API": ``data.result`` is a list of series, each with a
``metric`` (its labels) and ``values`` ([unix seconds, "value"]) or one ``value``. Labels are
those of NVIDIA's dcgm-exporter, in any case: pipelines write them in small letters.
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
    UnusableRow,
    dig,
    from_epoch,
    records_of,
    text,
)  # fmt: skip

_ONE_NUMBER: Final = ("scalar", "string")
_ASK: Final = "export a query_range of the metric itself"


def _recognises(record: Record) -> bool:
    return isinstance(record.get("metric"), dict) and ("values" in record or "value" in record)


def _rows(record: Record, hashed: Hasher) -> Iterator[Row | UnusableRow]:  # noqa: ARG001
    if _is_answer(record):
        raise UnusableRecord(_why_refused(record))
    labels = record.get("metric")
    if isinstance(labels, dict) and "histograms" in record and "values" not in record:
        raise UnusableRecord(f"it is a series of histograms, which no meter is; {_ASK}")
    if not isinstance(labels, dict) or not _recognises(record):
        raise UnusableRecord("it is not a series: metric or values is missing")
    name = text(labels.get("__name__"))
    if not name:
        yield UnusableRow(f"the series has no __name__ (sum, rate and the like drop it); {_ASK}")
        return
    source = source_of(labels)
    samples = record["values"] if "values" in record else [record["value"]]
    for sample in records_of(samples):
        pair = sample if isinstance(sample, list) and len(sample) == 2 else (None, None)
        yield {"time": from_epoch(pair[0]), "metric": name, "value": text(pair[1]), **source}


def source_of(labels: Mapping[str, Any]) -> Row:
    """Return the columns that say which GPU, or which slice of one, a sample is of.

    >>> source_of({"uuid": "GPU-1", "GPU_I_ID": "2", "Hostname": "n"})["gpu_uuid"]
    'GPU-1/2'
    """
    # The order of a scrape decides where a label is there in two spellings.
    known: dict[str, str] = {}
    for name, value in labels.items():
        if shown := text(value):
            known.setdefault(name.lower(), shown)
    names = ("instance_id", "hostname", "instance")
    instance = next((known[n] for n in names if n in known), None)
    return {
        "instance_id": instance,
        "gpu_uuid": _device(known, instance),
        "account_id": known.get("account_id"),
        "gpu_model": known.get("modelname") or known.get("gpu_model"),
    }


def _device(known: Mapping[str, str], instance: str | None) -> str | None:
    gpu, part = known.get("uuid") or known.get("gpu_uuid"), known.get("gpu_i_id")
    if part is None:
        return gpu
    if gpu is None and instance is not None:
        # Without its UUID a GPU is told by its place in the machine.
        gpu = f"GPU-{instance}-{known.get('gpu', '0')}"
    return None if gpu is None else gpu if "/" in gpu or _is_mig(gpu) else f"{gpu}/{part}"


def _is_mig(gpu: str) -> bool:
    """Say whether an id is that of a slice already."""
    return gpu[:4].upper() == "MIG-"


def _is_answer(record: Record) -> bool:
    """Say whether a record is a whole answer, and one without a list of series."""
    if record.get("status") == "error":
        return "error" in record or "errorType" in record
    return record.get("status") == "success" and dig(record, "data", "resultType") in _ONE_NUMBER


def _why_refused(record: Record) -> str:
    if record.get("status") == "error":
        return "Prometheus answered with an error, not with series; ask again"
    kind = dig(record, "data", "resultType")
    return f"the answer is a single {kind}, which names no GPU; {_ASK}"


def _refused(record: Record, hashed: Hasher) -> tuple[Row, ...]:  # noqa: ARG001 - an adapter's form
    raise UnusableRecord(_why_refused(record))


ADAPTER: Final = Adapter(
    "Prometheus query_range", "gpu_telemetry", _recognises, _rows, (("data", "result"),)
)
REFUSAL: Final = Adapter("Prometheus query", "gpu_telemetry", _is_answer, _refused)
"""Answers that hold no series, so that a person reads why."""
