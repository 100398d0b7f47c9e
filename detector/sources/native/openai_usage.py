"""OpenAI organization usage (completions) to ``model_usage``.

Shape: OpenAI API reference, "Usage: completions" (GET /v1/organization/usage/completions):
pages of buckets of results. Ask for ``group_by`` project_id, api_key_id and model: a result
without project or model cannot be laid at an account's door and is quarantined.

``input_tokens`` holds cached ones and, where a result tells its text tokens apart
(``input_text_tokens``), those of sound and images. Older results count text alone there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from detector.sources.native.adapter import (
    KEY,
    Adapter,
    Hasher,
    NotCounted,
    Record,
    Row,
    UnusableRecord,
    UnusableRow,
    dig,
    from_epoch,
    number,
    records_of,
    text,
)  # fmt: skip
from detector.sources.native.pulls import pull_keys

NAME: Final = "OpenAI usage"
_RESULT: Final = "organization.usage.completions.result"
_ASK: Final = "ask for group_by project_id and model"
_OTHER: Final = {
    "organization.costs.result": "costs",
    **{
        f"organization.usage.{kind}.result": kind
        for kind in (
            "embeddings", "moderations", "images", "audio_speeches", "audio_transcriptions",
            "vector_stores", "code_interpreter_sessions", "file_search_calls",
            "web_search_calls", "decisions",
        )
    },
}  # fmt: skip
_SOUND: Final = ("input_audio_tokens", "output_audio_tokens")


def _recognises(record: Record) -> bool:
    return record.get("object") == "bucket" and "start_time" in record


def _rows(record: Record, hashed: Hasher) -> Iterator[Row | UnusableRow | NotCounted]:
    results = record.get("results", record.get("result"))
    if not _recognises(record) or not isinstance(results, list):
        raise UnusableRecord("it is not a bucket of the usage of completions")
    start, end = record.get("start_time"), record.get("end_time")
    keys = pull_keys(NAME, start, end, results)
    for result, key in zip(records_of(results), keys, strict=True):
        if (reason := _unusable(result)) is not None:
            yield reason
            continue
        yield {
            KEY: key,
            "start": from_epoch(start),
            "end": from_epoch(end),
            "account_id": text(result.get("project_id")),
            "model_id": text(result.get("model")),
            "requests": number(result.get("num_model_requests")),
            "input_tokens": number(result.get("input_tokens")),
            "output_tokens": number(result.get("output_tokens")),
            "key_hash": hashed(result.get("api_key_id")),
            "end_user_hash": hashed(result.get("user_id")),
            "cached_tokens": number(result.get("input_cached_tokens")),
        }
        yield from _apart(result)


def _unusable(result: Any) -> UnusableRow | NotCounted | None:
    """Return why a result gives no row, None for one that gives one."""
    if not isinstance(result, Mapping):
        return UnusableRow("a result is no object")
    kind = result.get("object")
    if kind not in (None, _RESULT):
        return NotCounted(_OTHER.get(str(kind), "a kind of usage that is not known"))
    if not text(result.get("project_id")):
        return UnusableRow(f"a result names no project: {_ASK}")
    if not text(result.get("model")):
        return UnusableRow(f"a result names no model: {_ASK}")
    return None


def _apart(result: Mapping[str, Any]) -> Iterator[NotCounted]:
    """Name tokens that stand beside the counted ones."""
    if dig(result, "input_text_tokens") is None:
        yield from (NotCounted(kind) for kind in _SOUND if number(result.get(kind)))


ADAPTER: Final = Adapter(
    NAME, "model_usage", _recognises, _rows, (("data",),),
    pulled=True, partial=("has_more", "next_page"),
)  # fmt: skip
