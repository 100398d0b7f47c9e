"""A log folder into the state: each file once, whatever order it comes in.

All files are rolled up first; then one manifest makes them count at once. A run that is killed
leaves the state as it was, and finished parts that the next run finds again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from detector.disk import failure
from detector.errors import StateError
from detector.pipeline.ahead import Reach, later, reach
from detector.pipeline.arrivals import Standing, take_arrivals
from detector.pipeline.formats import fingerprint
from detector.pipeline.gating import refuse_bad
from detector.pipeline.list_intake import Intake, find_lists
from detector.pipeline.making import HOLD, Given, Guard, Made, Say, make, settled
from detector.pipeline.planning import Plan, plan, ready_files, without_gone
from detector.pipeline.rolling import Making
from detector.pipeline.samekeys import refuse_other_hashes, refuse_other_pseudonyms
from detector.pipeline.screened_files import screen_taken
from detector.pipeline.sentences import of_other_formats, said
from detector.pipeline.versions import with_versions
from detector.sources.discover import Hashes, find_files, hashed
from detector.sources.ledger import Ahead
from detector.sources.listing import MOST_UNREAD, Listed, Unread
from detector.sources.native.adapter import Hasher
from detector.sources.place import Mark, Place
from detector.sources.places import place_of
from detector.sources.reading import SLACK, Reading, now
from detector.sources.text import printable
from detector.state import Disk, Manifest, Rejected, Skipped, Store, key_id
from detector.state.packs import compact
from detector.state.retry import asked, heard, without
from detector.state.seal import canonical
from features.catalogue import Catalogue
from features.tables import SCHEMAS

WAIT_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What a look at files did; ``sequence`` is that of the state it left.

    ``lists`` are sentences about restricted-party lists that were not said before; ``aside`` is
    all that stands aside now, ``rejected`` what came to it.
    """

    sequence: int
    changed: bool
    added: tuple[str, ...]
    replaced: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    lists: tuple[str, ...] = ()
    aside: tuple[Unread, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ingested(Taken):
    """What one ingest did: a look in full."""

    unchanged: int
    warnings: tuple[str, ...]
    as_of: datetime | None


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
    say: Say | None = None,
    disk: Disk | None = None,
    clock: datetime | None = None,
    slack: timedelta = SLACK,
    standing: Standing | None = None,
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
    say
        Hears what is done next beside that, in words.
    disk
        The file system.
    clock
        The time of the run; default: now.
    slack
        How far past the clock usage may end and still tell what as-of is.
    standing
        Takes note of what stands after the look, for ``ingest_arrivals``.

    Raises
    ------
    DataError
        If a file has the wrong shape or too many bad rows; the state is as it was.
    StateError
        If the state is damaged, held by another writer, or cannot be written; it is as it was.
    """
    store = state if isinstance(state, Store) else Store(state, disk)
    known = catalogue or Catalogue.load()
    given = Given(
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
        say or (lambda _doing: None),
    )
    with _told_of_disk(store), store.writing(wait, alone=not served):
        done = _ingest(store, given, hashes or Hashes(), ready or (lambda _: True))
        given.say("packed small parts")
        compact(store)
        if standing is not None:
            standing.rest_on(store.manifest(), given)
        return done


def ingest_arrivals(
    logs: str | Path | Place,
    store: Store,
    standing: Standing,
    came: Mapping[str, Mark],
    *,
    catalogue: Catalogue,
    hash_key: bytes,
    pseudonym_key: bytes | None,
    max_bad: float,
    hashes: Hashes,
    guard: Guard,
    say: Say,
    slack: timedelta,
) -> Taken | None:
    """Take in files that came since a look in full; None where that does not do.

    It leaves the state that ``ingest`` would leave with ``reject``, called by the service. The
    terms are those of the look in full that ``standing`` took note of.

    Raises
    ------
    StateError
        If the state is damaged, held by another writer, or cannot be written; it is as it was.
    """
    given = Given(
        place_of(logs), catalogue, hash_key, pseudonym_key, max_bad, HOLD, True, now(), slack,
        None, guard, say,
    )  # fmt: skip
    with _told_of_disk(store), store.writing(WAIT_SECONDS):
        taken = take_arrivals(store, given, standing, came, hashes)
    if taken is None:
        return None
    after, made = taken
    return Taken(
        sequence=after.sequence, changed=True, added=tuple(part.path for part in made),
        aside=_aside(after),
    )  # fmt: skip


@contextmanager
def _told_of_disk(store: Store) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateError(
            f"the state {store.root} could not be written: {failure(error)}; it is as it was: make "
            "room or mend the disk, and ingest again"
        ) from error


def _ingest(
    store: Store, given: Given, hashes: Hashes, ready: Callable[[Listed], bool]
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
    made = make(making, given, todo, before.as_of)
    given.say("settled rows")
    after = replace(_joined(judged, todo, made), hashed=key_id(hasher.key), max_bad=given.max_bad)
    after = with_versions(store, after, before, todo.contents, reject=given.reject)
    after = replace(
        after,
        parts=settled(making, after.parts, after.as_of, given),
        skipped=tuple(Skipped(**vars(unread)) for unread in listing.unread[:MOST_UNREAD]),
        warnings=tuple(listing.warnings),
    )
    if given.pseudonym_key is not None:
        after = replace(after, pseudonyms=key_id(given.pseudonym_key))
    if lists is not None:
        given.say("read restricted-party lists")
        after = _with_lists(store, Intake(store, lists, before.lists, hashes, given.accept_shrink),
                            after)  # fmt: skip
    if alike is not before or _counting(after) != _counting(before):
        after = _publish(store, making, given, before, after, made)
    if wanted:
        heard(store.root)
    live, limit = after.live(), making.reading.limit
    told = _told(before, after, todo, made, reach(store, live, limit), later(store, live, limit))
    formats = of_other_formats(before, after, made_by)
    return replace(told, warnings=(*formats, *told.warnings))


def _publish(
    store: Store, making: Making, given: Given, before: Manifest, after: Manifest, made: Made
) -> Manifest:
    """Make a state the newest, once its shares of bad rows are known to be small enough."""
    refuse_bad(store, after, given.max_bad)
    if given.pseudonym_key is not None and (making.names or after.lists != before.lists):
        screen_taken(store, after.lists, making.names, given.pseudonym_key, WAIT_SECONDS)
    given.say("stored the state")
    after = after.following()
    after = store.publish(after)
    # A first manifest may be one that was lost: what else is there may be all that is left.
    store.sweep(after, None if before.sequence else {p.key for p in made.parts})
    return after


def _told(
    before: Manifest, after: Manifest, todo: Plan, made: Made, reached: Reach,
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
        aside=_aside(after),
    )


def _aside(manifest: Manifest) -> tuple[Unread, ...]:
    return tuple(Unread(printable(a.path), a.reason, a.table, True) for a in manifest.aside())


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


def _joined(before: Manifest, todo: Plan, made: Made) -> Manifest:
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
