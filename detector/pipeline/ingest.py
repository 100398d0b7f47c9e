"""A log folder into the state: each file once, whatever order it comes in.

All files are rolled up first; then one manifest makes them count at once. A run that is killed
leaves the state as it was, and finished parts that the next run finds again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from detector.disk import failure
from detector.errors import DataError, NotData, StateError, UnknownShape, Unreachable, Unreadable
from detector.pipeline.ahead import Reach, later, misread, reach
from detector.pipeline.formats import fingerprint
from detector.pipeline.gating import refuse_bad
from detector.pipeline.list_intake import Intake, find_lists
from detector.pipeline.planning import Plan, plan, ready_files, without_gone
from detector.pipeline.rolling import KEYS, Making, make_part, settle
from detector.pipeline.samekeys import refuse_other_hashes, refuse_other_pseudonyms
from detector.pipeline.screened_files import has_names, screen_taken
from detector.pipeline.sentences import of_other_formats, said
from detector.pipeline.versions import with_versions
from detector.sources.discover import Hashes, find_files, hashed
from detector.sources.ledger import Ahead
from detector.sources.listing import MOST_UNREAD, InputFile, Listed, Unread
from detector.sources.native.adapter import Hasher
from detector.sources.place import Place
from detector.sources.places import place_of
from detector.sources.reading import SLACK, Reading, now
from detector.sources.refused import stopping
from detector.sources.text import printable
from detector.sources.verdict import one_verdict
from detector.sources.whole import refusal
from detector.state import Disk, Manifest, Part, Rejected, Skipped, Store, key_id
from detector.state.manifest import canonical
from detector.state.retry import asked, heard, without
from features.catalogue import Catalogue
from features.tables import SCHEMAS

HOLD: Final = timedelta(days=7)
"""How far before the newest usage rows are held, to be cut at an earlier as-of."""
WAIT_SECONDS: Final = 10.0
Guard = Callable[[Listed, str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Ingested:
    """What one ingest did; ``sequence`` is that of the state it left.

    ``lists`` are sentences about restricted-party lists that were not said before; ``aside`` is
    all that stands aside now, ``rejected`` what came to it.
    """

    sequence: int
    changed: bool
    added: tuple[str, ...]
    replaced: tuple[str, ...]
    unchanged: int
    rejected: tuple[Rejected, ...]
    warnings: tuple[str, ...]
    as_of: datetime | None
    lists: tuple[str, ...] = ()
    aside: tuple[Unread, ...] = ()


def ingest(
    logs: str | Path | Place,
    state: Path | Store,
    *,
    catalogue: Catalogue | None = None,
    hash_key: bytes = b"",
    pseudonym_key: bytes | None = None,
    max_bad: float = 0.05,
    wait: float = WAIT_SECONDS,
    reject: bool = False,
    served: bool = False,
    accept_shrink: str | None = None,
    hold: timedelta = HOLD,
    hashes: Hashes | None = None,
    ready: Callable[[Listed], bool] | None = None,
    guard: Guard | None = None,
    disk: Disk | None = None,
    clock: datetime | None = None,
    slack: timedelta = SLACK,
) -> Ingested:
    """Take what is new in a log folder into a state folder.

    Parameters
    ----------
    logs, state
        The folders (``logs`` may be an address); the state is made if it is not there. A
        ``Store`` remembers what it read: for a caller that asks again and again.
    hash_key
        Key under which addresses in native logs are hashed; default: the state's own.
    pseudonym_key
        Where given, account ids and other identifiers are stored under keyed pseudonyms.
    max_bad
        Largest quarantined share of a table, 0 to 1.
    wait
        Seconds to wait for another writer.
    reject
        Set a file that cannot be read aside and go on, instead of raising.
    served
        Whether the caller is the service that holds the state; others wait for its end.
    accept_shrink
        Why a restricted-party list that vanished or lost more than a fifth of its entries is
        right; without a reason the state keeps the older one and says so.
    hold
        How long before the newest usage rows are held beside the rollups.
    hashes
        Remembered hashes, for a caller that asks again and again.
    ready
        Says of a file whether it is to be looked at now; others wait for the next call.
    guard
        Entered around the reading of each file (which has this hash); a DataError that it
        raises is a verdict on the file.
    disk
        The file system.
    clock
        The time of the run; default: now.
    slack
        How far past the clock usage may end and still tell what as-of is.

    Raises
    ------
    DataError
        If a file has the wrong shape or too many bad rows; the state is as it was.
    StateError
        If the state is damaged, held by another writer, or cannot be written; it is as it was.
    """
    store = state if isinstance(state, Store) else Store(state, disk)
    known = catalogue or Catalogue.load()
    given = _Given(
        place_of(logs),
        known,
        hash_key,
        pseudonym_key,
        max_bad,
        hold,
        reject,
        clock or now(),
        slack,
        accept_shrink,
        guard or (lambda _file, _sha256: nullcontext()),
    )
    try:
        with store.writing(wait, alone=not served):
            return _ingest(store, given, hashes or Hashes(), ready or (lambda _: True))
    except OSError as error:
        raise StateError(
            f"the state {store.root} could not be written: {failure(error)}; it is as it was: make "
            "room or mend the disk, and ingest again"
        ) from error


@dataclass(frozen=True)
class _Given:
    """What ``ingest`` was asked to do."""

    place: Place
    catalogue: Catalogue
    hash_key: bytes
    pseudonym_key: bytes | None
    max_bad: float
    hold: timedelta
    reject: bool
    clock: datetime
    slack: timedelta
    accept_shrink: str | None
    guard: Guard

    def cut(self, newest: datetime | None) -> datetime | None:
        """The settled moment: never later than the clock allows, whatever a file claims."""
        return None if newest is None else min(newest, self.clock) - self.hold


@dataclass
class _Made:
    """What became of new files."""

    parts: list[Part] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def _ingest(
    store: Store, given: _Given, hashes: Hashes, ready: Callable[[Listed], bool]
) -> Ingested:
    before = store.manifest()
    refuse_other_pseudonyms(before, given.pseudonym_key)
    hasher = Hasher(given.hash_key or store.salt())
    refuse_other_hashes(before, hasher)
    listing = find_files(given.place)
    found = ready_files(listing.files, ready)
    lists = find_lists(listing.lists, ready)
    hashes.forget_others([*found, *(lists.files if lists else ())])
    reading = Reading(given.place, hasher, given.clock, given.clock + given.slack)
    made_by = fingerprint(given.catalogue)
    making = Making(store, given.catalogue, made_by, reading, given.pseudonym_key, before.as_of)
    given.place.expect([a.path for a in found])
    found_as = hashed(found, listing, lambda file: hashes.of(given.place, file))
    wanted = asked(store.root)
    alike = _judged_alike(before, given.max_bad)
    judged = without_gone(without(alike, wanted), listing.files)
    todo = plan(store, judged, found_as, making.made_by, listing.replaced, given.clock)
    made = _make(making, given, todo, before)
    after = replace(_joined(judged, todo, made), hashed=key_id(hasher.key), max_bad=given.max_bad)
    after = with_versions(store, after, before, todo.contents, reject=given.reject)
    after = replace(
        after,
        parts=_settled(making, after, given),
        skipped=tuple(Skipped(**vars(unread)) for unread in listing.unread[:MOST_UNREAD]),
        warnings=tuple(listing.warnings),
    )
    if given.pseudonym_key is not None:
        after = replace(after, pseudonyms=key_id(given.pseudonym_key))
    if lists is not None:
        after = _with_lists(store, Intake(store, lists, before.lists, hashes, given.accept_shrink),
                            after)  # fmt: skip
    if alike is not before or _counting(after) != _counting(before):
        refuse_bad(store, after, given.max_bad)
        if given.pseudonym_key is not None and (making.names or after.lists != before.lists):
            screen_taken(store, after.lists, making.names, given.pseudonym_key, WAIT_SECONDS)
        after = after.following()
        store.publish(after)
        # A first manifest may be one that was lost: what else is there may be all that is left.
        store.sweep(after, None if before.sequence else {p.key for p in made.parts})
    if wanted:
        heard(store.root)
    live, limit = after.live(), making.reading.limit
    told = _told(before, after, todo, made, reach(store, live, limit), later(store, live, limit))
    formats = of_other_formats(before, after, made_by)
    return replace(told, warnings=(*formats, *told.warnings))


def _told(
    before: Manifest, after: Manifest, todo: Plan, made: _Made, reached: Reach,
    others: Mapping[str, Ahead],
) -> Ingested:  # fmt: skip
    """What was done; a manifest that did not change stands as it was."""
    here = {(p.table, p.path) for p in after.parts} - {(p.table, p.path) for p in before.parts}
    return Ingested(
        sequence=after.sequence,
        changed=after.sequence != before.sequence,
        added=tuple(p.path for p in made.parts if (p.table, p.path) in here),
        replaced=tuple(p.path for p in todo.gone),
        unchanged=todo.untouched,
        rejected=tuple(r for r in after.rejected if r not in before.rejected and not r.passed),
        warnings=(*said(after, reached.ahead, others), *after.lists.said("none", "itself")),
        as_of=reached.latest,
        lists=tuple(a.sentence for a in after.lists.aside if a not in before.lists.aside),
        aside=tuple(Unread(printable(a.path), a.reason, a.table, True) for a in after.aside()),
    )


def _counting(manifest: Manifest) -> tuple[object, ...]:
    """What of a state makes it another one."""
    return manifest.parts, manifest.rejected, manifest.aside(), manifest.lists


def _judged_alike(before: Manifest, max_bad: float) -> Manifest:
    """What was set aside under another bound is looked at again."""
    return before if before.max_bad in (None, max_bad) else replace(before, rejected=())


def _with_lists(store: Store, intake: Intake, after: Manifest) -> Manifest:
    """The state with the lists of a folder; that lists lost entries rightly has a receipt."""
    after = replace(after, lists=intake.take())
    if not intake.lost:
        return after
    receipt = {"kind": "lists", "reason": intake.reason, "lost": intake.lost}
    name = f"lists-{after.sequence + 1:08d}.json"
    return replace(after, kept={**after.kept, name: store.keep(name, canonical(receipt))})


def _make(making: Making, given: _Given, todo: Plan, before: Manifest) -> _Made:
    """Roll up the new files. Usage comes first and newest first: it tells what is settled.

    Raises
    ------
    DataError
        If a file has the wrong shape, or nothing of a table could be read, unless such files
        are to be set aside.
    """
    newest = before.as_of
    made, order = _Made(), sorted(todo.take, key=lambda t: t[0].path, reverse=True)
    errors: dict[str, dict[str, DataError]] = {}
    order.sort(key=lambda t: t[0].table != "usage")
    given.place.expect([arrival.path for arrival, _ in order])
    for arrival, sha in order:
        part: Part | None = None
        try:
            others = [p for p in [*todo.stay, *made.parts] if p.table == arrival.table]
            with given.guard(arrival, sha), one_verdict(arrival.path):
                part = _one(making, given, arrival, sha, newest, others)
            if given.reject:
                _fit(part, given.max_bad)
        except Unreachable:
            raise  # It says nothing of the file.
        except DataError as error:
            kind = (NotData, UnknownShape, Unreadable)
            if not given.reject and not isinstance(error, kind):
                raise
            # Where nobody looks on, a file that says nothing holds its delivery back.
            no_data = isinstance(error, NotData if given.reject else NotData | UnknownShape)
            why = refusal(arrival.as_input(sha), error).reason
            due = None if part is None else part.due
            made.rejected.append(
                Rejected(arrival.table, arrival.path, sha, why, passed=no_data, due=due)
            )
            errors.setdefault(arrival.table, {})[arrival.path] = error
            continue
        made.parts.append(part)
        if part.latest:
            end = datetime.fromisoformat(part.latest)
            newest = end if newest is None else max(newest, end)
    if not given.reject:
        _something_read(todo, made, errors)
    return made


def _something_read(todo: Plan, made: _Made, errors: Mapping[str, Mapping[str, DataError]]) -> None:
    """Refuse a table of which no file could be read, where that stops a run."""
    read = {part.table for part in [*todo.stay, *made.parts] if not part.retired}
    for table, held in errors.items():
        error = None if table in read else stopping(table, held)
        if error is not None:
            raise error


def _one(
    making: Making, given: _Given, arrival: Listed, sha: str, newest: datetime | None,
    others: Sequence[Part],
) -> Part:  # fmt: skip
    file = arrival.as_input(sha)
    key = _key(making, file)
    part = making.store.finished(key)
    # Names are screened before they are hidden: a part that was made before tells none.
    nameless = making.pseudonym_key is not None and has_names(file.table)
    # A part with keys was made beside others than stand beside it now.
    if part is None or nameless or KEYS in part.files or misread(part, given.clock):
        part = make_part(making, file, arrival, key, given.cut(newest), others)
        if given.place.mark(arrival.path) != arrival.mark:
            raise DataError(
                f"{printable(file.path)} changed while it was read; ingest again when it is "
                "complete, or copy under a name that begins with a dot and rename at the end"
            )
    return part


def _key(making: Making, file: InputFile) -> str:
    named = [
        making.made_by, file.table, file.path, file.sha256,
        hashlib.sha256(making.reading.hasher.key).hexdigest(),
        "" if making.pseudonym_key is None else key_id(making.pseudonym_key),
        "" if making.known_until is None else making.known_until.isoformat(),
    ]  # fmt: skip
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:40]


def _fit(part: Part, max_bad: float) -> None:
    bad, read = part.counts["quarantined"], part.counts["read"]
    if bad > max_bad * read:
        raise DataError(
            f"{bad} of {read} rows of {printable(part.path)} are bad; the file was set aside"
        )


def _joined(before: Manifest, todo: Plan, made: _Made) -> Manifest:
    """The state with the new parts; a delivery with a bad file leaves the older one standing."""
    held_back = {r.path for r in made.rejected if not r.passed}
    broken = {a.delivery for a, _ in todo.take if a.path in held_back and a.delivery}
    back = [
        p for p in todo.gone if p.delivery in broken or (not p.delivery and p.path in held_back)
    ]
    new = [p for p in made.parts if p.delivery is None or p.delivery not in broken]
    arrived = {(p.table, p.path) for p in new}
    told = arrived | {(x.table, x.path) for x in made.rejected}
    known = [r for r in before.rejected if r.table in SCHEMAS]
    still = [r for r in known if (r.table, r.path) not in told]
    parts = sorted([*todo.stay, *back, *new], key=lambda p: (p.table, p.path))
    return replace(before, parts=tuple(parts), rejected=(*still, *made.rejected))


def _settled(making: Making, manifest: Manifest, given: _Given) -> tuple[Part, ...]:
    cut = given.cut(manifest.as_of)
    return tuple(
        settle(making, part, cut) if cut is not None and _is_due(part, cut, given.hold) else part
        for part in manifest.parts
    )


def _is_due(part: Part, cut: datetime, hold: timedelta) -> bool:
    """Whether rows are held that can go: all of them, or those of a whole ``hold``."""
    if part.opens is None:
        return False
    begun = max(datetime.fromisoformat(t) for t in (part.opens, part.settled_until) if t)
    return begun <= cut and (part.covers(cut) or cut - begun >= hold)
