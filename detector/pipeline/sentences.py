"""What a state has to say about its inputs, in the words of a log folder."""

from __future__ import annotations

from datetime import datetime

from detector.sources.discover import said_of_copies
from detector.sources.ledger import said_of, said_of_aside, said_of_waiting, told_of
from detector.sources.listing import Unread
from detector.sources.text import printable
from detector.sources.versions import said_of_heads
from detector.state import Manifest


def said(manifest: Manifest, limit: datetime) -> list[str]:
    """Sentences about inputs that need a look, as a log folder says them.

    Usage that ends after ``limit`` waits.
    """
    unread = passed(manifest)
    aside = [Unread(printable(a.path), a.reason, a.table) for a in manifest.aside()]
    live = manifest.live()
    ahead = [datetime.fromisoformat(part.beyond) for part in live if part.beyond]
    return [
        *manifest.warnings,
        *copies(manifest),
        *said_of(unread),
        *said_of_aside(aside),
        *told_of(part.told for part in live),
        *said_of_waiting(moment for moment in ahead if moment > limit),
        *manifest.lists.said("older"),
        *said_of_heads({part.path: part.head for part in live}),
    ]


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
