"""Who is in a queue for the first time: told by id, as counts that dip and rise tell of nobody.

A ring is known by its id, or where more than half of its members were in rings of that queue
before: an id may change with the members. What is remembered is keyed, so that the memory tells
no account, and forgotten after 30 days in which it was in the queue no more: whoever comes back
after that is news.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.results.published import Published

FORGOTTEN_AFTER: Final = 30 * 86_400.0
MEMORY: Final = ".first_seen.json"
"""The memory's file in the folder of a run."""
_DIGITS: Final = 20
_MOST_BYTES: Final = 64 << 20
_SALT_BYTES: Final = 16

Seen = Mapping[str, float]
"""When somebody was last in a queue (Unix time), by keyed name."""


@dataclass(frozen=True)
class Newest:
    """When somebody was last in a queue for the first time (0: never), and how many at once."""

    at: float = 0.0
    count: int = 0


@dataclass(frozen=True)
class News:
    """What is remembered: by queue who was in it, and the newest of each queue.

    Members of rings stand beside their rings, as they tell whether a ring is known.
    """

    salt: bytes = field(default_factory=lambda: secrets.token_bytes(_SALT_BYTES), repr=False)
    seen: Mapping[str, Seen] = field(default_factory=dict)
    members: Seen = field(default_factory=dict)
    newest: Mapping[str, Newest] = field(default_factory=dict)

    def key(self, name: str) -> str:
        """The name under which somebody is remembered."""
        text = name.encode("utf-8", "surrogatepass")
        return hmac.new(self.salt, text, hashlib.sha256).hexdigest()[:_DIGITS]


def news_of(published: Published, before: News | None = None) -> News:
    """What is known once a run was looked at.

    Without a memory everybody is there since this run, but for whom the run itself says that an
    earlier one (`--previous`) had them in the same queue.
    """
    queue, at = published.queue, published.at
    if queue is None:
        return before or News()
    old = before or News()
    rings, victims = _rings(queue), _victims(queue)
    knew = frozenset(_stood(queue)) if before is None else frozenset[str]()
    known_rings = {ring for ring, members in rings.items() if _is_known(old, ring, members, knew)}
    members = {account for held in rings.values() for account in held}
    found = {
        "proxy": (rings, known_rings),
        "victim": (victims, victims & knew),
    }
    seen = {name: _taken(old, old.seen.get(name, {}), now, at) for name, (now, _) in found.items()}
    newest = {
        name: _newest(old, name, set(now) - set(stood), at) for name, (now, stood) in found.items()
    }
    return News(old.salt, seen, _taken(old, old.members, members, at), newest)


def _rings(queue: pl.DataFrame) -> dict[str, list[str]]:
    """Members by ring, of the queue of proxy access."""
    ringed = queue.filter((pl.col("queue") == "proxy") & pl.col("ring_id").is_not_null())
    held = ringed.group_by("ring_id").agg(pl.col("account_id")).sort("ring_id")
    return {str(ring): [str(a) for a in accounts] for ring, accounts in held.iter_rows()}


def _victims(queue: pl.DataFrame) -> set[str]:
    return {str(a) for a in queue.filter(pl.col("queue") == "victim")["account_id"]}


def _stood(queue: pl.DataFrame) -> Iterator[str]:
    """Accounts that an earlier run had in the same queue, as this run tells."""
    stays = pl.col("change").is_not_null() & ~pl.col("change").is_in(["new", "entered"])
    return (str(account) for account in queue.filter(stays)["account_id"])


def _is_known(old: News, ring: str, members: list[str], knew: frozenset[str]) -> bool:
    if old.key(ring) in old.seen.get("proxy", {}):
        return True
    before = sum(account in knew or old.key(account) in old.members for account in members)
    return 2 * before > len(members)


def _taken(old: News, seen: Seen, now: Iterable[str], at: float) -> dict[str, float]:
    """What is remembered, with those who are there now, without who is gone for long."""
    lasting = {key: last for key, last in seen.items() if at - last <= FORGOTTEN_AFTER}
    return {**lasting, **{old.key(name): at for name in now}}


def _newest(old: News, queue: str, now: set[str], at: float) -> Newest:
    seen, before = old.seen.get(queue, {}), old.newest.get(queue, Newest())
    fresh = sum(old.key(name) not in seen for name in now)
    return Newest(at, fresh) if fresh else before


def remember(news: News, path: Path) -> bool:
    """Write a memory as a whole, readable to its owner; whether that went well."""
    held = {
        "salt": news.salt.hex(), "seen": news.seen, "members": news.members,
        "newest": {queue: [n.at, n.count] for queue, n in news.newest.items()},
    }  # fmt: skip
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        beside.touch(0o600)
        beside.write_text(json.dumps(held))
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        return False
    return True


def known(path: Path) -> News | None:
    """A memory as it was written; None where there is none, or it is damaged."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        return _read(json.loads(path.read_text()))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _read(held: Any) -> News:
    return News(
        bytes.fromhex(held["salt"]),
        {str(queue): _times(seen) for queue, seen in held["seen"].items()},
        _times(held["members"]),
        {str(q): Newest(float(n[0]), int(n[1])) for q, n in held["newest"].items()},
    )


def _times(seen: Mapping[str, Any]) -> dict[str, float]:
    return {str(key): float(last) for key, last in seen.items()}
