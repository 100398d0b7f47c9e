"""Names are no identities: what may become a hash that joins accounts."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from detector.sources.native.adapter import Hasher
from detector.sources.native.adapters import ADAPTERS
from detector.sources.native.identities import (
    address,
    agent,
    azure_image,
    fingerprint,
    google_image,
    named,
    ssh_key,
)

# Made with: ssh-keygen -t ed25519; ssh-keygen -lf says SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSv…
BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
PRINT = "+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"
LINE = f"ssh-ed25519 {BLOB} me@x"


def row(log: str, record: Mapping[str, Any]) -> dict[str, Any]:
    adapter = next(a for a in ADAPTERS if log in a.name)
    (found,) = adapter.rows(record, Hasher(b"k"))
    assert isinstance(found, dict)
    return found


def hashed(value: str) -> str | None:
    return Hasher(b"k")(value)


@pytest.mark.parametrize(
    ("spelled", "one"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:55555", "203.0.113.7"),
        ("[203.0.113.7]:5", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::FFFF:CB00:7107", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
        ("64:ff9b::203.0.113.7", "203.0.113.7"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1%eth0", "2001:db8::1"),
    ],
)
def test_an_address_has_one_spelling(spelled: str, one: str) -> None:
    assert address(spelled) == one


@pytest.mark.parametrize(
    "value",
    [
        "sagemaker.amazonaws.com", "AWS Internal", "private", "gce-internal-ip", "", None, 7, True,
        {"ip": "203.0.113.7"}, ["203.0.113.7"], "10.0.0.1", "192.168.1.1:80", "172.31.0.1",
        "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1",
        "::1", "[::1]:80", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "203.0.113",
        "203.0.113.7/32", "203.0.113.999", "203.0.113.7, 198.51.100.1", "\ud800",
    ],
)  # fmt: skip
def test_what_is_no_address_of_one_party_is_none(value: Any) -> None:
    assert address(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "AWS Internal", "sagemaker.amazonaws.com", "console.amazonaws.com", "-", "unknown", None,
        "signin.amazonaws.com", "CloudFormation.amazonaws.com", "lambda.amazonaws.com.cn",
    ],
)  # fmt: skip
def test_the_agent_of_a_service_or_a_console_identifies_nobody(value: Any) -> None:
    assert agent(value) is None
    assert agent("aws-cli/2.13.0 Python/3.11.4") == "aws-cli/2.13.0 Python/3.11.4"


@pytest.mark.parametrize("value", ["", " ", "-", "NULL", "n/a", None, {}, [], "PRIVATE"])
def test_a_word_for_nobody_is_no_name(value: Any) -> None:
    assert named(value) is None
    assert named("0") == "0"


@pytest.mark.parametrize(
    "spelled",
    [
        LINE,
        f"ssh-ed25519 {BLOB}",
        f"bob:ssh-ed25519 {BLOB} other comment\nann:ssh-rsa AAAA",
        base64.b64encode(LINE.encode()).decode(),
    ],
)
def test_a_key_is_its_material_not_its_comment(spelled: str) -> None:
    assert ssh_key(spelled) == PRINT


def test_fingerprints_have_one_spelling() -> None:
    assert fingerprint(f"SHA256:{PRINT}") == fingerprint(f"{PRINT}=") == PRINT
    assert fingerprint("1F:" * 19 + "1f") == "1f:" * 19 + "1f"
    assert not any(map(fingerprint, ("gpu-key", "", None, "ab:cd", "key-0123456789")))
    assert not any(map(ssh_key, ("gpu-key", "", None, "ssh-rsa AAAA", "bm90IGEga2V5")))


@pytest.mark.parametrize(
    ("value", "one"),
    [
        ("projects/p-1/global/images/x", "projects/p-1/global/images/x"),
        (
            "https://compute.googleapis.com/compute/v1/projects/p-1/global/images/x",
            "projects/p-1/global/images/x",
        ),
        ("projects/p-1/global/images/family/f", "projects/p-1/global/images/family/f"),
        ("projects/p-1/global/machineImages/x", "projects/p-1/global/machineImages/x"),
        ("projects/debian-cloud/global/images/family/debian-12", None),
        ("projects/rhel-sap-cloud/global/images/x", None),
        ("projects/deeplearning-platform-release/global/images/x", None),
        ("projects/cloud-hpc-image-public/global/images/x", None),
        ("global/images/x", None),
        ("debian-12", None),
        ("family/debian-12", None),
        (None, None),
    ],
)
def test_an_image_of_google_counts_with_the_project_that_keeps_it(
    value: str | None, one: str | None
) -> None:
    assert google_image(value) == one


GROUP = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Compute"


@pytest.mark.parametrize(
    ("value", "own"),
    [
        (f"{GROUP}/images/x", True),
        (f"{GROUP}/galleries/g/images/x/versions/1.0.0", True),
        ("/CommunityGalleries/g/Images/x/Versions/1.0.0", False),
        (f"{GROUP}/virtualMachines/x", False),
        ("Canonical:ubuntu:22_04:latest", False),
    ],
)
def test_an_image_of_azure_counts_where_a_subscription_keeps_it(value: str, own: bool) -> None:
    assert azure_image(value) == (value.lower() if own else None)


CLOUDTRAIL = {
    "eventSource": "ec2.amazonaws.com",
    "eventName": "RunInstances",
    "eventVersion": "1.11",
    "requestParameters": {
        "instancesSet": {"items": [{"imageId": "ami-0public", "keyName": "gpu-key"}]},
        "keyName": "gpu-key",
        "imageId": "ami-0public",
    },
    "sourceIPAddress": "sagemaker.amazonaws.com",
    "userAgent": "sagemaker.amazonaws.com",
}
HASHES = ("image_hash", "ssh_key_hash", "src_ip_hash", "user_agent_hash")


def test_a_launch_of_cloudtrail_has_no_key_and_no_image() -> None:
    assert [row("CloudTrail", CLOUDTRAIL)[c] for c in HASHES] == [None] * 4


@pytest.mark.parametrize("name", ["CreateKeyPair", "ImportKeyPair"])
def test_a_key_pair_of_cloudtrail_is_its_fingerprint(name: str) -> None:
    answer = {"keyName": "gpu-key", "keyFingerprint": "1f:" * 19 + "1F"}
    record = {**CLOUDTRAIL, "eventName": name, "responseElements": answer}
    assert row("CloudTrail", record)["ssh_key_hash"] == hashed("1f:" * 19 + "1f")


def test_an_imported_key_is_the_same_in_every_cloud() -> None:
    material = base64.b64encode(LINE.encode()).decode()
    imported = {**CLOUDTRAIL, "eventName": "ImportKeyPair"}
    imported["requestParameters"] = {"keyName": "k", "publicKeyMaterial": material}
    google = gcp(request={"metadata": {"items": [{"key": "ssh-keys", "value": f"u:{LINE}"}]}})
    body = {"osProfile": {"linuxConfiguration": {"ssh": {"publicKeys": [{"keyData": LINE}]}}}}
    azure = {**AZURE, "properties": {"requestbody": json.dumps({"properties": body})}}
    rows = [row("CloudTrail", imported), row("Google", google), row("Azure", azure)]
    assert [r["ssh_key_hash"] for r in rows] == [hashed(PRINT)] * 3


@pytest.mark.parametrize("name", ["CreateImage", "CopyImage", "RegisterImage"])
def test_an_image_that_an_account_makes_is_its_own(name: str) -> None:
    record = {**CLOUDTRAIL, "eventName": name, "responseElements": {"imageId": "ami-1"}}
    assert row("CloudTrail", record)["image_hash"] == hashed("ami-1")


def gcp(method: str = "v1.compute.instances.insert", **payload: Any) -> dict[str, Any]:
    return {"protoPayload": {"methodName": method, **payload}, "timestamp": "2026-01-02T03:04:05Z"}


@pytest.mark.parametrize(
    ("images", "own"),
    [
        (["projects/debian-cloud/global/images/family/debian-12"], None),
        (["projects/debian-cloud/global/images/x", "projects/p-2/global/images/y"], "y"),
        (["global/images/y"], None),
    ],
)
def test_a_launch_of_google_names_the_image_that_is_a_projects_own(
    images: list[str], own: str | None
) -> None:
    disks = [{"initializeParams": {"sourceImage": image}} for image in images]
    expected = hashed(f"projects/p-2/global/images/{own}") if own else None
    assert row("Google", gcp(request={"disks": disks}))["image_hash"] == expected


def test_the_image_that_a_project_makes_is_the_one_others_launch() -> None:
    made = gcp("v1.compute.images.insert", resourceName="projects/p-2/global/images/y")
    assert row("Google", made)["image_hash"] == hashed("projects/p-2/global/images/y")


@pytest.mark.parametrize("value", ["private", "gce-internal-ip", "10.128.0.2"])
def test_a_caller_inside_google_has_no_address(value: str) -> None:
    meta = {"callerIp": value, "callerSuppliedUserAgent": "x"}
    assert row("Google", gcp(requestMetadata=meta))["src_ip_hash"] is None


CLAIMS = "http://schemas.microsoft.com/identity/claims/"
AZURE = {
    "time": "2026-01-02T03:04:05.6782345Z",
    "resourceId": f"{GROUP}/virtualMachines/vm1",
    "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE",
    "resultType": "Success",
    "callerIpAddress": "203.0.113.7:55555",
}


def test_the_port_behind_an_address_of_azure_plays_no_part() -> None:
    assert row("Azure", AZURE)["src_ip_hash"] == hashed("203.0.113.7")


def test_a_program_that_many_tenants_use_is_no_credential() -> None:
    cli = {"appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", f"{CLAIMS}tenantid": "T1"}
    by_user = row("Azure", {**AZURE, "identity": {"claims": cli}})
    by_app = row("Azure", {**AZURE, "identity": {"claims": {**cli, "idtyp": "app"}}})
    elsewhere = {**cli, "idtyp": "app", f"{CLAIMS}tenantid": "T2"}
    in_other = row("Azure", {**AZURE, "identity": {"claims": elsewhere}})
    assert by_user["credential_uid"] is None
    assert by_app["credential_uid"] is not None
    assert by_app["credential_uid"] != in_other["credential_uid"]


@pytest.mark.parametrize("log", ["OpenAI audit", "Anthropic activity", "OCSF"])
def test_a_private_address_joins_nobody_in_any_log(log: str) -> None:
    record = {
        "id": "a", "type": "login.succeeded", "effective_at": 1, "created_at": "2026-01-02",
        "actor": {"session": {"ip_address": "10.0.0.1"}, "ip_address": "10.0.0.1"},
        "class_uid": 6003, "src_endpoint": {"ip": "10.0.0.1"},
    }  # fmt: skip
    assert row(log, record)["src_ip_hash"] is None
