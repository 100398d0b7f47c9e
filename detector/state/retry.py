"""Files that stand aside, asked for again: what a person wants read anew, the next ingest reads.

The wish is a file beside the manifest, so that it can be left to a service that holds the state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from detector.disk import Disk
from detector.errors import StateError, UsageError
from detector.state.contents import RETRY
from detector.state.manifest import Manifest
from detector.state.store import Store
from detector.terminal import safe_text


def retry(root: Path, path: str | None = None, disk: Disk | None = None) -> tuple[str, ...]:
    """Have files that stand aside read again at the next ingest.

    Parameters
    ----------
    root
        The state folder.
    path
        The input, as its path below the log folder; default: all.

    Returns
    -------
    tuple of str
        The inputs that will be read again.

    Raises
    ------
    StateError
        Where there is no state, or it is damaged.
    UsageError
        Where nothing of this path stands aside.
    """
    with Store(root).reading() as manifest:
        held = sorted({r.path for r in manifest.rejected})
    wanted = [name for name in held if path is None or path in (name, safe_text(name))]
    if path is not None and not wanted:
        raise UsageError(
            f"{safe_text(path)} does not stand aside in {root}; `enduse state check {root}` names "
            "what does"
        )
    # Two wishes before one ingest are both heard.
    names = sorted({*wanted, *asked(root)})
    staged, disk = root / f"{RETRY}.new", disk or Disk()
    disk.write(staged, json.dumps(names).encode())
    disk.replace(staged, root / RETRY)
    return tuple(wanted)


def asked(root: Path) -> frozenset[str]:
    """The inputs that were asked for again, by their paths.

    Raises
    ------
    StateError
        Where the wish cannot be read.
    """
    try:
        held = json.loads((root / RETRY).read_bytes())
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError) as error:
        raise StateError(f"{root / RETRY} cannot be read: delete it, and ask again") from error
    return frozenset(map(str, held))


def heard(root: Path) -> None:
    """Take the wish away: it was met."""
    with suppress(FileNotFoundError):
        (root / RETRY).unlink()


def without(manifest: Manifest, paths: Iterable[str]) -> Manifest:
    """A state in which these files were never refused; the same where there are none."""
    names = frozenset(paths)
    kept = tuple(r for r in manifest.rejected if r.path not in names)
    return manifest if len(kept) == len(manifest.rejected) else replace(manifest, rejected=kept)
