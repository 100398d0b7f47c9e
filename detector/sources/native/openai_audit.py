"""OpenAI audit logs to ``events``.

Shape: OpenAI API reference, "Audit logs: list" (GET /v1/organization/audit_logs). ``id`` names
an entry.
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
    from_epoch,
    lacking,
    number,
    record_key,
    text,
)  # fmt: skip
from detector.sources.native.identities import address, agent, named
from detector.sources.native.operations import OPENAI, classify

NAME: Final = "OpenAI audit log"


def _recognises(record: Record) -> bool:
    return "effective_at" in record and "actor" in record and "." in str(record.get("type"))


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    name = text(record.get("type"))
    if not name or record.get("effective_at") in (None, ""):
        which = "effective_at" if name else "type"
        reason = lacking(which, record.get(which))
        raise UnusableRecord(f"it is not an audit log entry: {reason}")
    session = dig(record, "actor", "session")
    key = dig(record, "actor", "api_key")
    where = dig(session, "ip_address_details")
    class_uid, operation = classify(name, OPENAI)
    yield {
        KEY: record_key(NAME, record.get("id")),
        "time": from_epoch(record.get("effective_at")),
        "account_id": text(dig(record, "project", "id")) or _subject(record, name),
        "class_uid": class_uid,
        "operation": operation,
        "status": "failure" if name.endswith(".failed") else "success",
        "actor_uid": hashed(
            named(dig(session, "user", "id")) or named(dig(key, "user", "id"))
            or named(dig(key, "service_account", "id"))
        ),
        "actor_type": text(dig(record, "actor", "type")),
        "credential_uid": hashed(named(dig(key, "id"))),
        "service": "openai",
        "src_ip_hash": hashed(address(dig(session, "ip_address"))),
        "src_asn": number(dig(where, "asn")),
        "src_country": text(dig(where, "country")),
        "user_agent_hash": hashed(agent(dig(session, "user_agent"))),
        "tls_fingerprint": hashed(named(dig(session, "ja4")) or named(dig(session, "ja3"))),
    }  # fmt: skip


def _subject(record: Record, name: str) -> str | None:
    """Return the project an event made or changed, else the actor whose account it is."""
    if name.startswith("project."):
        return text(dig(record, name, "id"))
    user = dig(record, "actor", "session", "user") or dig(record, "actor", "api_key", "user")
    return text(dig(user, "id"))


ADAPTER: Final = Adapter(NAME, "events", _recognises, _rows, (("data",),), partial=("has_more",))
