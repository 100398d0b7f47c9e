"""The file that a pack is: an archive that can be written in one way only, and its words."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, Final

from detector.cases.record.chain import canonical

_DAY: Final = (1980, 1, 1, 0, 0, 0)
_READ_AND_WRITE: Final = 0o600 << 16
_UNIX: Final = 3


def as_json_file(value: Any) -> bytes:
    """A value as a file that people read."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=True)
    return f"{text}\n".encode()


def as_lines(rows: Iterable[Any]) -> bytes:
    """A file of one JSON a line."""
    return "".join(f"{canonical(row)}\n" for row in rows).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive of files: sorted, of one date, not compressed, so its bytes are its content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _DAY)
            info.create_system, info.external_attr = _UNIX, _READ_AND_WRITE
            archive.writestr(info, files[name])
    return out.getvalue()


COVER: Final = """\
Case {case}, as it stood after event {seq} of {at}

Purpose: {purpose}
Made by: {by}, as counsel
{told}

This is not a report to any authority, and it is none of the reports that a law may ask for. It
holds what a cloud provider's reviewers saw and said. A score ranks; people decided; no step was
taken by the program that made this.

case.html is the page; VERIFY.md says how to check that nothing was changed.
"""

VERIFY: Final = """\
# Whether this pack is as it was made

Unpack `check.py` alone, or take it from somebody you trust, and run it on the pack, best with the
SHA-256 that was noted when the pack was made:

    python -I -S check.py PACK.zip SHA256

It writes the archive anew from its files and compares every byte, compares each file with
`manifest.json`, and follows the case's own chain of events in `events.jsonl`:

    hash = SHA-256("enduse audit 1" 00 | prev | case_prev | SHA-256(head) | payload_sha256)

where head is the JSON of number, time, person, role, action and case, and `case_prev` is the hash
of the event before it of this case. Where names are told, the head and the payload stand in the
line itself; else their hashes do. Without the SHA-256, somebody who changes a file and the
manifest alike goes unseen; the provider's folder of cases holds the SHA-256 in its own chain, as
the event `pack.made`, and the hash of each event here. `anchors.jsonl` holds heads of that chain.
"""
