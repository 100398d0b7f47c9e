"""What a value of a log identifies: an address, a key, an image of one's own, or nothing.

A hash joins accounts only where the thing itself is somebody's. A label that customers choose,
a public image, a service's own address and a word that stands for "withheld" are shared by
strangers: each of the functions here gives None for them, and one spelling for the rest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import re
from typing import Any, Final

from detector.sources.native.adapter import text

# What logs write where they name nobody: CloudTrail (HIDDEN_DUE_TO_SECURITY_REASONS, "AWS
# Internal"), Google ("private", "gce-internal-ip"), Azure and pipelines (the rest).
_NOBODY: Final = frozenset(
    {
        "-", "--", "?", "none", "null", "nil", "nan", "n/a", "na", "unknown", "undefined",
        "private", "anonymous", "redacted", "hidden", "[redacted]", "***", "aws internal",
        "amazon internal", "gce-internal-ip", "hidden_due_to_security_reasons",
    }
)  # fmt: skip

# IANA special-purpose registries: many hold the same address at once. The ranges kept for
# documentation (192.0.2.0/24 and their kin) are not among them: no log has them from a wire,
# and samples are written with them.
_SHARED: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
            "::/96", "100::/64", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ),
    )
)  # fmt: skip
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
_PORT: Final = re.compile(r"\A(?:\[([^\]]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?\Z")

# A service's host name, alone or as the console writes it ("signin.amazonaws.com").
_SERVICE: Final = re.compile(
    r"\A[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal|googleapis\.com"
    r"|windows\.net|azure\.com|microsoft\.com)\Z"
)

# A key of OpenSSH's one-line form, wherever options or a user stand before it.
_SSH_LINE: Final = re.compile(
    r"(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d+|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)"
    r"@openssh\.com)\s+([A-Za-z0-9+/]{32,}={0,3})"
)
_FINGERPRINT: Final = re.compile(r"(?:[0-9a-f]{2}:){15,31}[0-9a-f]{2}|[A-Za-z0-9+/]{43}")

_GOOGLE_IMAGE: Final = re.compile(r"(?:\A|/)projects/([^/]+)/global/(?:images|machineImages)/[^/]")
# compute.googleapis.com documentation, "OS details"; projects of Google and its partners.
_GOOGLE_PUBLIC: Final = frozenset(
    {
        "backports-debian-cloud", "click-to-deploy-images", "cloud-hpc-image-public",
        "confidential-vm-images", "deeplearning-platform-release", "eip-images",
        "freebsd-org-cloud-dev", "gce-uefi-images", "gke-node-images", "google-containers",
        "gke-node-images-release", "ml-images", "nvidia-ngc-public", "nvidia-vgpu-public",
        "stackdriver-images", "ubuntu-os-accelerator-images", "bitnami-launchpad",
        "rocky-linux-accelerator-cloud", "batch-custom-image", "gce-nvme", "windows-cloud",
    }
)  # fmt: skip
# "debian-cloud", "rhel-sap-cloud", … : the pattern that public projects follow.
_GOOGLE_PUBLIC_ENDS: Final = ("-cloud", "-public")
_AZURE_IMAGE: Final = re.compile(
    r"\A/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.compute/"
    r"(?:images/[^/]+|galleries/[^/]+/images/.+)\Z"
)


def named(value: Any) -> str | None:
    """Return a value as text unless it stands for nobody.

    >>> named(" AIDA1 "), named("HIDDEN_DUE_TO_SECURITY_REASONS"), named({"a": 1})
    ('AIDA1', None, None)
    """
    found = (text(value) or "").strip()
    return None if not found or found.lower() in _NOBODY else found


def address(value: Any) -> str | None:
    """Return the one spelling of an address that one party holds, else None.

    Ports and zones are left out, an IPv4 address inside an IPv6 one stands for itself.
    Private, loopback, link-local and carrier-grade NAT addresses identify nobody.

    >>> address("203.0.113.7:55555"), address("::ffff:203.0.113.7"), address("10.0.0.1")
    ('203.0.113.7', '203.0.113.7', None)
    """
    found = (text(value) or "").strip()
    within = _PORT.match(found)
    found = (within[1] or within[2] or "") if within else found
    try:
        parsed = ipaddress.ip_address(found.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = _inner(parsed)
    return None if any(parsed in network for network in _SHARED) else str(parsed)


def _inner(parsed: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for (RFC 4291 2.5.5, RFC 6052)."""
    if parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    if parsed in _TRANSLATED:
        return ipaddress.IPv4Address(int(parsed) & 0xFFFF_FFFF)
    return parsed


def agent(value: Any) -> str | None:
    """Return a user agent unless it is that of a service or of a console.

    >>> agent("Boto3/1.26.0"), agent("console.amazonaws.com"), agent("AWS Internal")
    ('Boto3/1.26.0', None, None)
    """
    found = named(value)
    return None if found is None or _SERVICE.match(found.lower()) else found


def ssh_key(value: Any) -> str | None:
    """Return the SHA-256 fingerprint (as ``ssh-keygen -l`` has it) of the first public key.

    ``value`` is OpenSSH's one-line form, several of them (with ``user:`` before each, as in
    Google's metadata), or either in base64 (EC2's ``publicKeyMaterial``). The comment behind a
    key is a label and plays no part.
    """
    found = text(value) or ""
    line = _SSH_LINE.search(found) or _SSH_LINE.search(_decoded(found))
    if line is None:
        return None
    try:
        blob = base64.b64decode(line[1].rstrip("=") + "==")
    except (binascii.Error, ValueError):
        return None
    return base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def _decoded(value: str) -> str:
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def fingerprint(value: Any) -> str | None:
    """Return a key's fingerprint in one spelling, None for what is none.

    EC2 writes SHA-1 or MD5 in hex for RSA, SHA-256 in base64 for ED25519 ("Verify the
    fingerprint of your key pair"); the latter is what ``ssh_key`` gives for the same key.

    >>> fingerprint("gpu-key") is None, fingerprint("AB:" * 15 + "CD") == "ab:" * 15 + "cd"
    (True, True)
    """
    found = (text(value) or "").strip().removeprefix("SHA256:").rstrip("=")
    hexadecimal = ":" in found
    found = found.lower().removeprefix("md5:") if hexadecimal else found
    return found if _FINGERPRINT.fullmatch(found) else None


def google_image(value: Any) -> str | None:
    """Return the path of an image that a project keeps for itself, with that project.

    >>> google_image("https://www.googleapis.com/compute/v1/projects/p-1/global/images/x")
    'projects/p-1/global/images/x'
    >>> google_image("projects/debian-cloud/global/images/family/debian-12") is None
    True
    """
    found = named(value) or ""
    within = _GOOGLE_IMAGE.search(found)
    if within is None:
        return None
    project = within[1].rpartition(":")[2].lower()
    if project in _GOOGLE_PUBLIC or project.endswith(_GOOGLE_PUBLIC_ENDS):
        return None
    return found[found.index("projects/", within.start()) :].rstrip("/")


def azure_image(value: Any) -> str | None:
    """Return the id of an image that stands in a subscription, in lower case.

    Marketplace images have no such id, those of a community gallery are public.
    """
    found = (named(value) or "").lower().rstrip("/")
    return found if _AZURE_IMAGE.match(found) else None
