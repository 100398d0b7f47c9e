"""Amazon Bedrock model invocation log to ``model_usage``: counts, never text.

Shape: Amazon Bedrock User Guide, "Monitor model invocation using CloudWatch Logs and Amazon
S3" (schemaType ModelInvocationLog) and "View the results of a batch inference job". Bodies of
requests and answers are passed over, except the stop reason, which says whether an answer was
refused. A model called through an inference profile is the model; a profile that does not
tell its model keeps its own name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from detector.sources.native.adapter import (
    KEY,
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    event_key,
    hour_of,
    number,
    text,
)  # fmt: skip
from detector.sources.native.models import model_of

NAME: Final = "Amazon Bedrock invocation log"
_INVOCATIONS: Final = frozenset(
    {"InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"}
)
_REFUSED: Final = frozenset({"refusal", "guardrail_intervened", "content_filtered"})
_MODELS: Final = ("modelId", "inferenceProfileArn", "inferenceProfileId")
_OTHERS: Final = {
    "InvokeModelWithBidirectionalStream": (
        "it is a stream both ways (InvokeModelWithBidirectionalStream), for which the log has "
        "no token counts of one request"
    ),
    "StartAsyncInvoke": "it starts an asynchronous job (StartAsyncInvoke), which has no tokens yet",
    "ApplyGuardrail": "it is the check of a text (ApplyGuardrail), which calls no model",
    "CountTokens": "it is a count of tokens (CountTokens), which calls no model",
}
_BATCH: Final = (
    "it is a record of a batch inference job, which names neither account nor time; put the "
    "job's usage (CUR or FOCUS) into the folder instead"
)


def _recognises(record: Record) -> bool:
    return record.get("schemaType") == "ModelInvocationLog" or _is_batch(record)


def _is_batch(record: Record) -> bool:
    return "recordId" in record and ("modelInput" in record or "modelOutput" in record)


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    operation = text(record.get("operation"))
    if (reason := _unusable(record, operation)) is not None:
        raise UnusableRecord(reason)
    start, end = hour_of(record.get("timestamp"))
    account, request = text(record.get("accountId")), text(record.get("requestId"))
    read = number(dig(record, "input", "cacheReadInputTokenCount")) or 0
    written = number(dig(record, "input", "cacheWriteInputTokenCount")) or 0
    plain = number(dig(record, "input", "inputTokenCount")) or 0
    yield {
        # The same record goes to S3 and to CloudWatch.
        KEY: event_key(NAME, account, text(record.get("timestamp")), request) if request else None,
        "start": start,
        "end": end,
        "account_id": account,
        "model_id": _model(record),
        "requests": 1,
        "input_tokens": plain + read + written,
        "output_tokens": number(dig(record, "output", "outputTokenCount")) or 0,
        "region": text(record.get("region")),
        "key_hash": hashed(dig(record, "identity", "arn")),
        "cached_tokens": read,
        "rate_limited_requests": int("throttl" in str(record.get("errorCode") or "").lower()),
        "refused_requests": int(_was_refused(dig(record, "output", "outputBodyJson"))),
    }


def _unusable(record: Record, operation: str | None) -> str | None:
    """Return why a record is no invocation that counts, None for one that is."""
    if record.get("schemaType") != "ModelInvocationLog":
        return _BATCH if _is_batch(record) else "it is not a record of the invocation log"
    if operation in _INVOCATIONS:
        return None
    names = ", ".join(sorted(_INVOCATIONS))
    return _OTHERS.get(operation or "", f"its operation is not the call of a model ({names})")


def _model(record: Record) -> str | None:
    """Return the model that was called, or the name under which it was."""
    told = (model for name in _MODELS if (model := model_of(record.get(name))))
    return next(told, None) or text(record.get("modelId"))


def _was_refused(body: object) -> bool:
    reason = text(dig(body, "stopReason")) or text(dig(body, "stop_reason"))
    guard = text(dig(body, "amazon-bedrock-guardrailAction"))
    return reason in _REFUSED or guard == "INTERVENED"


ADAPTER: Final = Adapter(NAME, "model_usage", _recognises, _rows)
