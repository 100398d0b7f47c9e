"""What stands in a state folder, under which names.

``manifest.json`` names the live parts, ``changes/`` what followed it; ``parts/<key>/`` holds
them, or ``packs/<hash>`` many; ``lists/`` the files of restricted-party lists, each under its
hash; ``kept/`` receipts and the salt of pseudonyms; ``staging/`` what a writer has begun;
``screened/`` and ``sums/`` what a run leaves of its screening and of days that ended for the next;
``rest.json`` what the manifest says and no part does. Parts and lists are written beside their
place, synced and moved into it; what no manifest names counts for nothing and is swept up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from detector.state.changes import CHANGES
from detector.state.folder import FIRST, STAGING
from detector.state.packs import PACKS
from detector.state.rest import REST
from detector.state.runs import LATEST, PUBLISHER, RUNS
from detector.state.sums import SUMS

PARTS: Final = "parts"
KEPT: Final = "kept"
LISTS: Final = "lists"
SCREENED: Final = "screened"
PART: Final = "part.json"
SALT: Final = "salt"
LOCK: Final = ".writer"
SERVICE: Final = ".service"
READERS: Final = ".readers"
READING: Final = ".reading.json"
SUSPECTS: Final = ".suspects.json"
DOING: Final = ".doing.json"
FALLS: Final = ".falls.json"
"""What a worker remembers of workers before it (``service.deaths``, ``service.stages``)."""
RETRY: Final = ".retry.json"
_OWN: Final = frozenset(
    {CHANGES, PACKS, PARTS, KEPT, LISTS, STAGING, SCREENED, SUMS, LOCK, READERS, SERVICE, FIRST,
     REST, RUNS, LATEST, PUBLISHER, READING, SUSPECTS, DOING, FALLS, RETRY}
)  # fmt: skip


def told_of_state(root: Path) -> Iterator[Path]:
    """What is there only where a manifest named it, or a first one was about to."""
    files = ((folder, "*.json") for folder in (KEPT, CHANGES))
    for folder, pattern in ((PARTS, "*"), (PACKS, "*"), (LISTS, "*"), *files, (".", REST)):
        yield from (root / folder).glob(pattern)


def foreign(root: Path) -> Iterator[str]:
    """Names in a folder that no state gives."""
    turned = f".{LATEST}."
    return (n for n in os.listdir(root) if n not in _OWN and not n.startswith(turned))
