"""Azure Activity log records to ``events``.

Shape: Microsoft Learn, "Azure activity log event schema": the REST form (``eventTimestamp``,
``operationName.value``) and the form sent to storage accounts and event hubs (``time``,
``operationName`` in capitals, ``resultType``, ``callerIpAddress``), single or in ``records``.
An operation is reported when it starts and when it ends: only the end has a status.

``eventDataId`` names a record. The stored form lacks it, and ``operationId`` and
``correlationId`` are shared by all records of an operation or a deployment; there a record is
what its own fields tell together: the operation, the resource, the result and the moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from detector.sources.native.adapter import (
    KEY,
    Adapter,
    Hasher,
    Record,
    Row,
    UnusableRecord,
    dig,
    event_key,
    folded,
    instant,
    lacking,
    record_key,
    text,
)  # fmt: skip
from detector.sources.native.identities import address, azure_image, named, ssh_key
from detector.sources.native.jsonstream import decoded
from detector.sources.native.operations import API_ACTIVITY, AZURE, AZURE_TOLD, classify

NAME: Final = "Azure Activity log"
_SUBSCRIPTION: Final = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_DONE: Final = {
    "success": "success", "succeeded": "success", "failure": "failure", "failed": "failure",
}  # fmt: skip
_STORED_LOGGING: Final = "microsoft.insights/diagnosticsettings/delete"
_UPDATED: Final = frozenset({"ok", "200"})
_HTTP_CODE: Final = re.compile(r"http status code:?\s*(\d+)")
_MADE_IMAGES: Final = ("microsoft.compute/images/write", "microsoft.compute/galleries/")


def _recognises(record: Record) -> bool:
    top = folded(record)
    name = _value(top.get("operationname"))
    return (
        name is not None and "/" in name and "resourceid" in top
        and ("time" in top or "eventtimestamp" in top)
    )  # fmt: skip


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    top = folded(record)
    name = _name(top)
    resource = text(top.get("resourceid")) or ""
    status = _DONE.get(_result(top))
    class_uid, operation = _operation(name, resource.lower(), top, done=status is not None)
    claims = dig(top.get("identity"), "claims") or top.get("claims")
    request = top.get("httprequest")
    found = _SUBSCRIPTION.search(resource)
    subscription = (found[1] if found else text(top.get("subscriptionid")) or "").lower()
    asked = _asked(top)
    yield {
        KEY: _key(top, name, resource),
        "time": text(top.get("time")) or text(top.get("eventtimestamp")),
        # As SubAccountId of Azure's FOCUS export spells it: one account, one id.
        "account_id": f"/subscriptions/{subscription}" if subscription else "",
        "class_uid": class_uid,
        "operation": operation,
        "status": status,
        "actor_uid": hashed(_actor(top, claims)),
        "actor_type": text(dig(claims, "idtyp")),
        "credential_uid": hashed(_credential(claims)),
        "session_uid": hashed(named(dig(claims, "uti"))),
        "service": name.split("/", 1)[0],
        "resource_type": "/".join(name.split("/")[1:-1]) or None,
        "region": text(top.get("location")),
        "src_ip_hash": hashed(
            address(top.get("calleripaddress")) or address(dig(request, "clientIpAddress"))
        ),
        "mfa": "true" if "mfa" in str(dig(claims, _METHODS) or "").lower() else None,
        "image_hash": hashed(_image(name, resource, asked)),
        "ssh_key_hash": hashed(_ssh_key(asked)),
    }


_METHODS: Final = "http://schemas.microsoft.com/claims/authnmethodsreferences"
_UPN: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
_OBJECT: Final = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_TENANT: Final = "http://schemas.microsoft.com/identity/claims/tenantid"


def _name(top: dict[str, Any]) -> str:
    told = top.get("operationname")
    name = _value(told)
    if not name:
        reason = lacking("operationName", told)
        raise UnusableRecord(f"it is not an Activity log record: {reason}")
    if "/" not in name:
        raise UnusableRecord(
            "it is not an Activity log record: operationName names no operation of a resource "
            "provider (PROVIDER/TYPE/ACTION)"
        )
    return name.lower()


def _value(field: Any) -> str | None:
    """Read a localisable string of the REST form, or a plain one."""
    return text(dig(field, "value")) if isinstance(field, dict) else text(field)


def _result(top: dict[str, Any]) -> str:
    return (_value(top.get("resulttype")) or _value(top.get("status")) or "").lower()


def _key(top: dict[str, Any], name: str, resource: str) -> int | None:
    key = record_key(NAME, top.get("eventdataid"))
    together, time = named(top.get("correlationid")), instant(top.get("time"))
    if key is not None or together is None or not resource or time is None:
        return key
    # Destinations differ in case.
    fields = (together, name, resource, _result(top), _signature(top), time)
    return event_key(f"{NAME} stored", *(field.lower() for field in fields))


def _actor(top: dict[str, Any], claims: Any) -> str | None:
    return named(dig(claims, _OBJECT)) or named(dig(claims, _UPN)) or named(top.get("caller"))


def _credential(claims: Any) -> str | None:
    """An application that signed in by itself, in its tenant.

    Alone, an application id names a program (the Azure CLI, the portal, a vendor's tool) that
    customers of many tenants use.
    """
    application, tenant = named(dig(claims, "appid")), named(dig(claims, _TENANT))
    own = (text(dig(claims, "idtyp")) or "").lower() == "app"
    return f"{tenant} {application}".lower() if own and application and tenant else None


def _signature(top: dict[str, Any]) -> str:
    """Return the HTTP result behind the status ("Created", "OK"), in lower case."""
    told = _value(top.get("substatus")) or text(dig(top.get("properties"), "statusCode"))
    behind = (text(top.get("resultsignature")) or "").rpartition(".")[2]
    found = (told or behind).strip().lower()
    code = _HTTP_CODE.search(found)
    return code[1] if code else found


def _operation(name: str, resource: str, top: dict[str, Any], *, done: bool) -> tuple[int, str]:
    """Map an operation that has ended; a start, and an update, pass under their own name."""
    if not done or (name in AZURE_TOLD and _signature(top) in _UPDATED):
        return API_ACTIVITY, name
    if name == _STORED_LOGGING and "microsoft.cognitiveservices" in resource:
        return classify("DeleteModelInvocationLoggingConfiguration", AZURE)
    return classify(name, AZURE)


def _asked(top: dict[str, Any]) -> Any:
    """Return the ``properties`` of the resource that a request describes, if the log has it.

    Only the paths to an image and to a public key are followed into it.
    """
    properties = top.get("properties")
    body = dig(properties, "requestbody") or dig(properties, "requestBody")
    if isinstance(body, str):
        try:
            body = decoded(body)
        except (ValueError, RecursionError):
            return None
    return dig(body, "properties")


def _image(name: str, resource: str, asked: Any) -> str | None:
    if name.startswith(_MADE_IMAGES) and name.endswith("/write"):
        return azure_image(resource)
    return azure_image(dig(_profile(asked), "storageProfile", "imageReference", "id"))


def _profile(asked: Any) -> Any:
    """Return what describes a machine: of a scale set, its model."""
    return dig(asked, "virtualMachineProfile") or asked


def _ssh_key(asked: Any) -> str | None:
    linux = dig(_profile(asked), "osProfile", "linuxConfiguration", "ssh", "publicKeys")
    items = linux if isinstance(linux, list) else []
    values = [*(dig(item, "keyData") for item in items), dig(asked, "publicKey")]
    return next((key for value in values if (key := ssh_key(value)) is not None), None)


ADAPTER: Final = Adapter(
    NAME, "events", _recognises, _rows, (("records",), ("value",)), partial=("nextLink",)
)
