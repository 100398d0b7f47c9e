"""Azure Activity log records to ``events``.

Shape: Microsoft Learn, "Azure activity log event schema": the REST form (``eventTimestamp``,
``operationName.value``) and the form sent to storage accounts and event hubs (``time``,
``operationName`` in capitals, ``resultType``, ``callerIpAddress``), single or in ``records``.
An operation is reported when it starts and when it ends: only the end has a status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from detector.sources.native.adapter import (
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    folded,
    text,
)  # fmt: skip
from detector.sources.native.operations import API_ACTIVITY, AZURE, classify

_SUBSCRIPTION: Final = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_DONE: Final = {
    "success": "success", "succeeded": "success", "failure": "failure", "failed": "failure",
}  # fmt: skip
_STORED_LOGGING: Final = "microsoft.insights/diagnosticsettings/delete"


def _recognises(record: Record) -> bool:
    top = folded(record)
    name = _value(top.get("operationname"))
    return (
        name is not None and "/" in name and "resourceid" in top
        and ("time" in top or "eventtimestamp" in top)
    )  # fmt: skip


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    top = folded(record)
    name = _value(top.get("operationname"))
    resource = text(top.get("resourceid")) or ""
    if name is None or "/" not in name:
        raise UnusableRecord("it is not an Activity log record: operationName is missing")
    status = _DONE.get((_value(top.get("resulttype")) or _value(top.get("status")) or "").lower())
    class_uid, operation = _operation(name.lower(), resource.lower(), done=status is not None)
    claims = dig(top.get("identity"), "claims") or top.get("claims")
    request = top.get("httprequest")
    found = _SUBSCRIPTION.search(resource)
    subscription = (found[1] if found else text(top.get("subscriptionid")) or "").lower()
    yield {
        "time": text(top.get("time")) or text(top.get("eventtimestamp")),
        # As SubAccountId of Azure's FOCUS export spells it: one account, one id.
        "account_id": f"/subscriptions/{subscription}" if subscription else "",
        "class_uid": class_uid,
        "operation": operation,
        "status": status,
        "actor_uid": hashed(_actor(top, claims)),
        "actor_type": text(dig(claims, "idtyp")),
        "credential_uid": hashed(text(dig(claims, "appid"))),
        "session_uid": hashed(text(dig(claims, "uti"))),
        "service": name.lower().split("/", 1)[0],
        "resource_type": "/".join(name.lower().split("/")[1:-1]) or None,
        "region": text(top.get("location")),
        "src_ip_hash": hashed(
            text(top.get("calleripaddress")) or text(dig(request, "clientIpAddress"))
        ),
        "mfa": "true" if "mfa" in str(dig(claims, _METHODS) or "").lower() else None,
    }


_METHODS: Final = "http://schemas.microsoft.com/claims/authnmethodsreferences"
_UPN: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
_OBJECT: Final = "http://schemas.microsoft.com/identity/claims/objectidentifier"


def _value(field: Any) -> str | None:
    """Read a localisable string of the REST form, or a plain one."""
    return text(dig(field, "value")) if isinstance(field, dict) else text(field)


def _actor(top: dict[str, Any], claims: Any) -> str | None:
    return text(dig(claims, _OBJECT)) or text(dig(claims, _UPN)) or text(top.get("caller"))


def _operation(name: str, resource: str, *, done: bool) -> tuple[int, str]:
    """Map an operation that has ended; one that only started passes under its own name."""
    if not done:
        return API_ACTIVITY, name
    if name == _STORED_LOGGING and "microsoft.cognitiveservices" in resource:
        return classify("DeleteModelInvocationLoggingConfiguration", AZURE)
    return classify(name, AZURE)


ADAPTER: Final = Adapter(
    "Azure Activity log", "events", _recognises, _rows, (("records",), ("value",))
)
