"""Amazon Bedrock model invocation log to ``model_usage``: counts, never text.

Shape: Amazon Bedrock User Guide, "Monitor model invocation using CloudWatch Logs and Amazon
S3" (schemaType ModelInvocationLog). Bodies of requests and answers are passed over, except
the stop reason, which says whether an answer was refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from detector.sources.native.adapter import (
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    hour_of,
    number,
    text,
)  # fmt: skip

_INVOCATIONS: Final = frozenset(
    {"InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"}
)
_REFUSED: Final = frozenset({"refusal", "guardrail_intervened", "content_filtered"})


def _recognises(record: Record) -> bool:
    return record.get("schemaType") == "ModelInvocationLog"


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    operation = text(record.get("operation"))
    if record.get("schemaType") != "ModelInvocationLog" or operation not in _INVOCATIONS:
        raise UnusableRecord("it is not the invocation of a model")
    start, end = hour_of(record.get("timestamp"))
    body = dig(record, "output", "outputBodyJson")
    read = number(dig(record, "input", "cacheReadInputTokenCount")) or 0
    written = number(dig(record, "input", "cacheWriteInputTokenCount")) or 0
    plain = number(dig(record, "input", "inputTokenCount")) or 0
    yield {
        "start": start,
        "end": end,
        "account_id": text(record.get("accountId")),
        "model_id": text(record.get("modelId")),
        "requests": 1,
        "input_tokens": plain + read + written,
        "output_tokens": number(dig(record, "output", "outputTokenCount")) or 0,
        "region": text(record.get("region")),
        "key_hash": hashed(dig(record, "identity", "arn")),
        "cached_tokens": read,
        "rate_limited_requests": int("throttl" in str(record.get("errorCode") or "").lower()),
        "refused_requests": int(_was_refused(body)),
    }


def _was_refused(body: object) -> bool:
    reason = text(dig(body, "stopReason")) or text(dig(body, "stop_reason"))
    guard = text(dig(body, "amazon-bedrock-guardrailAction"))
    return reason in _REFUSED or guard == "INTERVENED"


ADAPTER: Final = Adapter("Amazon Bedrock invocation log", "model_usage", _recognises, _rows)
