"""``state rebuild``: a lost manifest made again, and which runs of a delivery count."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from detector.errors import StateError
from detector.pipeline.versions import with_versions
from detector.sources.text import printable
from detector.state import Disk, Manifest, Rebuilt, Store, is_whole, rebuilt

_NAMED: Final = 5


def rebuild(
    root: Path, *, wait: float = 10.0, accept_loss: bool = False, disk: Disk | None = None
) -> Rebuilt | None:
    """Write a manifest that was lost or damaged anew; None where it is whole.

    Parameters
    ----------
    accept_loss
        Whether parts that counted and are not whole may be left out; their inputs are taken in
        again where the logs still hold them.

    Raises
    ------
    StateError
        If nothing is there to make it of, if parts were lost and that was not accepted, or if
        another process writes. The state is as it was.
    """
    store = Store(root, disk)
    if not root.is_dir():
        raise StateError(f"there is no state folder {root}; nothing was rebuilt")
    with store.writing(wait, mend=True):
        if is_whole(root):
            store.put_rest()
            return None
        made = rebuilt(store)
        if made.lost and not accept_loss:
            raise StateError(_said_of_loss(made.lost))
        if made.unknown:
            made.manifest = with_versions(store, made.manifest, Manifest(), {}, reject=False)
        store.publish(made.manifest)
        return made


def _said_of_loss(lost: list[str]) -> str:
    named = ", ".join(printable(path) for path in lost[:_NAMED])
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return (
        f"{len(lost)} parts are damaged or gone: {named}{more}; restore them from a backup, or "
        "give --accept-loss to go on without them and ingest these inputs again"
    )
