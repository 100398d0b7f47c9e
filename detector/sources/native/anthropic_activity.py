"""Anthropic Compliance API activity feed to ``events``.

Shape: Claude Platform documentation, "Activity Feed" (GET /v1/compliance/activities): who did
what, never what was said. The account is the workspace an activity names, else the
organisation.
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
    lacking,
    record_key,
    text,
)  # fmt: skip
from detector.sources.native.identities import address, agent, named
from detector.sources.native.operations import ANTHROPIC, classify

NAME: Final = "Anthropic activity feed"
_NEEDED: Final = ("type", "actor", "created_at")


def _recognises(record: Record) -> bool:
    return set(_NEEDED) <= record.keys() and bool(
        {"organization_id", "organization_uuid"} & record.keys()
    )


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    name = text(record.get("type"))
    missing = [key for key in _NEEDED if record.get(key) in (None, "")]
    if missing or name is None:
        which = missing[0] if missing else "type"
        raise UnusableRecord(f"it is not an activity: {lacking(which, record.get(which))}")
    actor = record.get("actor")
    class_uid, operation = classify(name, ANTHROPIC)
    yield {
        KEY: record_key(NAME, record.get("id")),
        "time": text(record.get("created_at")),
        "account_id": text(record.get("workspace_id"))
        or text(record.get("organization_id"))
        or text(record.get("organization_uuid")),
        "class_uid": class_uid,
        "operation": operation,
        "status": "failure" if name.endswith("_failed") else "success",
        "actor_uid": hashed(named(dig(actor, "user_id")) or named(dig(actor, "email_address"))),
        "actor_type": text(dig(actor, "type")),
        "credential_uid": hashed(
            named(dig(actor, "api_key_id")) or named(dig(actor, "admin_api_key_id"))
        ),
        "service": "anthropic",
        "src_ip_hash": hashed(address(dig(actor, "ip_address"))),
        "user_agent_hash": hashed(agent(dig(actor, "user_agent"))),
    }


ADAPTER: Final = Adapter(NAME, "events", _recognises, _rows, (("data",),), partial=("has_more",))
