"""What a state has to say about its inputs, in the words of a log folder."""

from __future__ import annotations

from collections.abc import Mapping

from detector.sources.discover import said_of_copies
from detector.sources.ledger import (
    Ahead,
    said_of,
    said_of_aside,
    said_of_later,
    said_of_waiting,
    told_of,
)
from detector.sources.listing import Unread
from detector.sources.text import printable
from detector.sources.versions import said_of_heads
from detector.state import Manifest


def said(manifest: Manifest, ahead: Ahead, later: Mapping[str, Ahead]) -> list[str]:
    """Sentences about inputs that need a look, as a log folder says them.

    Usage waits ``ahead``, rows of other tables ``later``.
    """
    unread = passed(manifest)
    aside = [Unread(printable(a.path), a.reason, a.table) for a in manifest.aside()]
    live = manifest.live()
    return [
        *manifest.warnings,
        *copies(manifest),
        *said_of(unread),
        *said_of_aside(aside),
        *told_of(part.told for part in live),
        *said_of_waiting(ahead),
        *said_of_later(later),
        *manifest.lists.said("older"),
        *said_of_heads({part.path: part.head for part in live}),
    ]


def of_other_formats(before: Manifest, after: Manifest, made_by: str) -> list[str]:
    """Sentences about inputs that another format or catalogue had rolled up."""
    old = {(p.table, p.path) for p in before.parts if p.made_by != made_by and not p.retired}
    here = [p for p in after.parts if (p.table, p.path) in old and not p.retired]
    left = [printable(p.path) for p in here if p.made_by != made_by]
    told = []
    if len(here) > len(left):
        told.append(
            f"{len(here) - len(left)} inputs were rolled up again from their files: the state had "
            "them in another format or with another GPU catalogue"
        )
    if left:
        told.append(
            f"{len(left)} inputs are in another format or of another GPU catalogue and their "
            f"files are not here, first {left[0]}: they are kept, and the state cannot be scored "
            "until their files are ingested again, or `enduse state forget DIR INPUT` takes them "
            "out"
        )
    return told


def passed(manifest: Manifest) -> list[Unread]:
    """The files that were found and passed over, and why."""
    listed = [Unread(s.path, s.reason, s.table) for s in manifest.skipped if not s.aside]
    older = [Unread(printable(p.path), p.passed, p.table) for p in manifest.parts if p.passed]
    no_data = [Unread(printable(r.path), r.reason, r.table) for r in manifest.rejected if r.passed]
    return [*listed, *older, *no_data]


def copies(manifest: Manifest) -> list[str]:
    """Sentences about inputs whose content another path has brought already."""
    pairs = [(part, first) for part, first in manifest.copies() if part.bytes]
    return said_of_copies([(part.path, first.path) for part, first in pairs])
