"""AWS CloudTrail records to ``events``.

Shape: AWS CloudTrail User Guide, "CloudTrail record contents for management, data, and network
activity events": JSON lines, or a file with a list ``Records``.
"""

from __future__ import annotations

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
    number,
    records_of,
    text,
)  # fmt: skip
from detector.sources.native.operations import AWS, classify


def _recognises(record: Record) -> bool:
    names = folded(record).keys()
    return {"eventsource", "eventname"} <= names and bool(
        {"useridentity", "eventversion", "recipientaccountid"} & names
    )


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    top = folded(record)
    name = text(top.get("eventname"))
    if name is None or text(top.get("eventsource")) is None:
        raise UnusableRecord("it is not a CloudTrail record: eventName or eventSource is missing")
    identity = top.get("useridentity")
    request = top.get("requestparameters")
    class_uid, operation = classify(name, AWS)
    yield {
        "time": text(top.get("eventtime")),
        "account_id": text(top.get("recipientaccountid")) or text(dig(identity, "accountId")),
        "class_uid": class_uid,
        "operation": operation,
        "status": _status(top),
        "actor_uid": hashed(dig(identity, "arn") or dig(identity, "principalId")),
        "actor_type": text(dig(identity, "type")),
        "credential_uid": hashed(dig(identity, "accessKeyId")),
        "session_uid": hashed(_session(identity)),
        "service": str(top["eventsource"]).removesuffix(".amazonaws.com"),
        "resource_count": _count(request, top.get("responseelements")),
        "region": text(top.get("awsregion")),
        "src_ip_hash": hashed(top.get("sourceipaddress")),
        "user_agent_hash": hashed(top.get("useragent")),
        "mfa": _mfa(top, identity),
        "instance_type": text(dig(request, "instanceType")),
        "image_hash": hashed(_image(request)),
        "ssh_key_hash": hashed(text(dig(request, "keyName"))),
        "model_id": text(dig(request, "modelId")),
    }


def _status(top: dict[str, Any]) -> str:
    login = dig(top.get("responseelements"), "ConsoleLogin")
    failed = top.get("errorcode") or top.get("errormessage") or login == "Failure"
    return "failure" if failed else "success"


def _session(identity: Any) -> str | None:
    """A session of an assumed role: the role and the time it was taken."""
    created = text(dig(identity, "sessionContext", "attributes", "creationDate"))
    principal = text(dig(identity, "principalId"))
    return f"{principal} {created}" if created and principal else None


def _mfa(top: dict[str, Any], identity: Any) -> str | None:
    used = text(dig(top.get("additionaleventdata"), "MFAUsed"))
    return used or text(dig(identity, "sessionContext", "attributes", "mfaAuthenticated"))


def _image(request: Any) -> str | None:
    items = records_of(dig(request, "instancesSet", "items"))
    first = next((text(dig(i, "imageId")) for i in items), None)
    return text(dig(request, "imageId")) or first


def _count(request: Any, response: Any) -> int | None:
    """Instances asked for, else those that answered."""
    items = records_of(dig(request, "instancesSet", "items"))
    asked = [number(dig(item, "maxCount")) for item in items]
    if any(n is not None for n in asked):
        return sum(n or 0 for n in asked)
    answered = len(records_of(dig(response, "instancesSet", "items"))) or len(items)
    return answered or number(dig(request, "instanceCount"))


ADAPTER: Final = Adapter("AWS CloudTrail", "events", _recognises, _rows, (("Records",),))
