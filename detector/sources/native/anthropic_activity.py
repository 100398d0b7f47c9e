"""Anthropic Compliance API activity feed to ``events``.

Shape: Claude Platform documentation, "Activity Feed" (GET /v1/compliance/activities): who did
what, never what was said. The account is the workspace an activity names, else the
organisation.
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
    text,
)  # fmt: skip
from detector.sources.native.operations import ANTHROPIC, classify


def _recognises(record: Record) -> bool:
    return {"created_at", "actor", "type"} <= record.keys() and bool(
        {"organization_id", "organization_uuid"} & record.keys()
    )


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    name = text(record.get("type"))
    if name is None or not _recognises(record):
        raise UnusableRecord("it is not an activity: type, actor or created_at is missing")
    actor = record.get("actor")
    class_uid, operation = classify(name, ANTHROPIC)
    yield {
        "time": text(record.get("created_at")),
        "account_id": text(record.get("workspace_id"))
        or text(record.get("organization_id"))
        or text(record.get("organization_uuid")),
        "class_uid": class_uid,
        "operation": operation,
        "status": "failure" if name.endswith("_failed") else "success",
        "actor_uid": hashed(text(dig(actor, "user_id")) or text(dig(actor, "email_address"))),
        "actor_type": text(dig(actor, "type")),
        "credential_uid": hashed(
            text(dig(actor, "api_key_id")) or text(dig(actor, "admin_api_key_id"))
        ),
        "service": "anthropic",
        "src_ip_hash": hashed(text(dig(actor, "ip_address"))),
        "user_agent_hash": hashed(text(dig(actor, "user_agent"))),
    }


ADAPTER: Final = Adapter("Anthropic activity feed", "events", _recognises, _rows, (("data",),))
