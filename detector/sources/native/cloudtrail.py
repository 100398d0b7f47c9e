"""AWS CloudTrail records to ``events``.

Shape: AWS CloudTrail User Guide, "CloudTrail record contents for management, data, and network
activity events": JSON lines, or a file with a list ``Records``.

``eventID`` names an event in every trail that delivers it; ``sharedEventID`` joins the events
of several accounts about one act, so it names none of them. A key pair's name is a label, and
the log does not tell whose an ``ami-`` id is: a key counts by its fingerprint, an image where
the account makes it.
"""

from __future__ import annotations

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
    folded,
    instant,
    lacking,
    number,
    record_key,
    records_of,
    text,
)  # fmt: skip
from detector.sources.native.identities import address, agent, fingerprint, named, ssh_key
from detector.sources.native.operations import AWS, classify

NAME: Final = "AWS CloudTrail"
_MAKES_IMAGE: Final = frozenset({"CreateImage", "RegisterImage", "CopyImage"})


def _recognises(record: Record) -> bool:
    names = folded(record).keys()
    return {"eventsource", "eventname"} <= names and bool(
        {"useridentity", "eventversion", "recipientaccountid"} & names
    )


def _rows(record: Record, hashed: Hasher) -> Iterator[Row]:
    top = folded(record)
    name = text(top.get("eventname"))
    source = text(top.get("eventsource"))
    if not name or not source:
        which = "eventName" if source else "eventSource"
        reason = lacking(which, top.get(which.lower()))
        raise UnusableRecord(f"it is not a CloudTrail record: {reason}")
    identity = top.get("useridentity")
    request, response = top.get("requestparameters"), top.get("responseelements")
    class_uid, operation = classify(name, AWS)
    yield {
        # The time beside the id: where logs were made anonymous, ids are no longer unique.
        KEY: record_key(NAME, top.get("eventid"), instant(top.get("eventtime"))),
        "time": text(top.get("eventtime")),
        "account_id": text(top.get("recipientaccountid")) or text(dig(identity, "accountId")),
        "class_uid": class_uid,
        "operation": operation,
        "status": _status(top),
        "actor_uid": hashed(named(dig(identity, "arn")) or named(dig(identity, "principalId"))),
        "actor_type": text(dig(identity, "type")),
        "credential_uid": hashed(named(dig(identity, "accessKeyId"))),
        "session_uid": hashed(_session(identity)),
        "service": source.removesuffix(".amazonaws.com"),
        "resource_count": _count(request, response),
        "region": text(top.get("awsregion")),
        "src_ip_hash": hashed(address(top.get("sourceipaddress"))),
        "user_agent_hash": hashed(agent(top.get("useragent"))),
        "mfa": _mfa(top, identity),
        "instance_type": text(dig(request, "instanceType")),
        "image_hash": hashed(_own_image(name, response)),
        "ssh_key_hash": hashed(_key(request, response)),
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


def _own_image(name: str, response: Any) -> str | None:
    return named(dig(response, "imageId")) if name in _MAKES_IMAGE else None


def _key(request: Any, response: Any) -> str | None:
    """The public key of ImportKeyPair, else the fingerprint that EC2 answers."""
    imported = ssh_key(dig(request, "publicKeyMaterial"))
    return imported or fingerprint(dig(response, "keyFingerprint"))


def _count(request: Any, response: Any) -> int | None:
    """Instances asked for, else those that answered."""
    items = records_of(dig(request, "instancesSet", "items"))
    asked = [number(dig(item, "maxCount")) for item in items]
    if any(n is not None for n in asked):
        return sum(n or 0 for n in asked)
    answered = len(records_of(dig(response, "instancesSet", "items"))) or len(items)
    return answered or number(dig(request, "instanceCount"))


ADAPTER: Final = Adapter(NAME, "events", _recognises, _rows, (("Records",),))
