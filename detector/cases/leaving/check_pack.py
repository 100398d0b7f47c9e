"""Check a pack: python -I -S check.py PACK.zip [SHA256]. Needs Python 3.9, nothing else."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator

DOMAIN = b"enduse audit 1\0"


def sha256(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def canonical(held: object) -> bytes:
    """JSON in one form."""
    return json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def packed(files: dict[str, bytes]) -> bytes:
    """The bytes of a pack of these files: there is one way to write it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o600 << 16
            archive.writestr(info, files[name])
    return out.getvalue()


def chain(lines: list[str]) -> Iterator[str]:
    """What is wrong with the events of the case, each bound to the one before of the case."""
    before, last = "00" * 32, 0
    for line in lines:
        event = json.loads(line)
        seq = event["seq"]
        if "person" in event:
            told = [event[k] for k in ("seq", "at", "person", "role", "action", "case_id")]
            event["head_sha256"] = sha256(canonical(told))
        parts = [event[k] for k in ("prev", "case_prev", "head_sha256", "payload_sha256")]
        if sha256(DOMAIN + b"".join(map(bytes.fromhex, parts))) != event["hash"]:
            yield f"event {seq} does not have the hash of what it says"
        if event["case_prev"] != before or seq <= last:
            yield f"event {seq} is not bound to the one before it"
        if event.get("payload") is not None:
            said = event["payload"].encode("utf-8", "surrogatepass")
            if sha256(said) != event["payload_sha256"]:
                yield f"event {seq} says something else than was written"
        before, last = event["hash"], seq


def findings(data: bytes, wanted: str = "") -> Iterator[str]:
    """Everything that is not as the pack was made."""
    if wanted and sha256(data) != wanted.lower():
        yield "the pack is not the one that has this SHA-256"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    if packed(files) != data:
        yield "the archive was written by something else"
    written = files.pop("manifest.json")
    manifest = json.loads(written)
    same = f"{json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=True)}\n".encode()
    claimed = manifest.pop("manifest_sha256")
    if sha256(canonical(manifest)) != claimed or written != same:
        yield "manifest.json is not as it was written"
    told = {one["name"]: one for one in manifest["files"]}
    for name in sorted(told.keys() | files.keys()):
        if name not in files or name not in told:
            yield f"{name} is {'missing' if name in told else 'not of this pack'}"
        elif (sha256(files[name]), len(files[name])) != (told[name]["sha256"], told[name]["bytes"]):
            yield f"{name} is not as it was written"
    lines = files["events.jsonl"].decode().splitlines()
    yield from chain(lines)
    if (
        len(lines) != manifest["events"]
        or json.loads(lines[-1])["hash"] != manifest["head"]["hash"]
    ):
        yield "the events do not end with the head of the manifest"


def main(arguments: list[str]) -> int:
    """Tell what was found; 1 where anything was."""
    with open(arguments[0], "rb") as stream:
        data = stream.read()
    try:
        found = list(findings(data, *arguments[1:2]))
    except Exception as error:  # noqa: BLE001 - whatever a damaged pack makes of this is a finding
        found = [f"the pack cannot be read: {error!r}"]
    print("\n".join(found) or f"as it was made: SHA-256 {sha256(data)}")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if len(sys.argv) in (2, 3) else __doc__)
