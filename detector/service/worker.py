"""The worker: takes in what arrived, scores it and publishes the run; in a process of its own.

The server's process stays small and quick whatever a run needs, and a worker that is killed or
runs out of memory loses nothing: state and runs are replaced as a whole. It is spoken to in
lines of JSON: one line of options, then one line for each look, each answered by one line.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector import __version__
from detector.errors import DataError, EnduseError
from detector.pipeline import load_model
from detector.pipeline.arrivals import Standing
from detector.pipeline.formats import fingerprint
from detector.pipeline.ingest import Taken, ingest, ingest_arrivals
from detector.pipeline.live import LiveScorer
from detector.pipeline.run import Asked, Terms
from detector.pipeline.stored import open_state
from detector.results import Results
from detector.results.published import signature_of
from detector.service.alone import try_alone
from detector.service.deaths import Deaths
from detector.service.publication import Run, last_run, publish, was_asked
from detector.service.reasons import reason_of
from detector.service.stages import Falls
from detector.service.stillness import Stillness
from detector.sources.discover import Hashes
from detector.sources.ledger import said_of_aside
from detector.sources.listing import Listed, Unread
from detector.sources.place import Mark
from detector.sources.places import place_of
from detector.sources.reading import now
from detector.sources.text import printable
from detector.state import Store, sweep_if_free
from features.catalogue import Catalogue
from features.tables import REQUIRED_TABLES

MOST_ASIDE: Final = 20
"""Files set aside that an answer names; the others are counted."""
WORN: Final = 256
"""Files set aside in the life of a worker: of what damaged files have libraries ask memory for,
not all is let go of (some 0.2 MB a file), and a fresh process costs two seconds."""
Signature = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Options(Terms):
    """What a worker is told at its start; keys are hex, so that they pass through JSON."""

    inbox: str
    state: str
    model: str | None = None
    hash_key: str = ""
    pseudonym_key: str | None = None
    catalogue_override: str | None = None
    max_bad: float = 0.05
    slack_days: float = 2.0
    previous: str | None = None

    @property
    def slack(self) -> timedelta:
        """How far past the clock usage may end and still tell what as-of is."""
        return timedelta(days=self.slack_days)


@dataclass
class Told:
    """The answer to one look.

    ``seconds`` and ``ended`` are by stage: of those that had something to do, and when each
    really did it (the inbox was looked at, a run was published). ``run`` is the newest published
    run's folder; ``failed`` is the sentence of what went wrong, by stage, ``reasons`` its word.
    ``aside`` counts by table the files that stand aside now (None: they were not looked at),
    ``aside_first`` names some of them; ``suspects`` are files at which a worker ended and that were
    not read since, ``fallen`` the stages at which workers ended again and again. ``said`` goes to
    the journal, ``warned`` as a warning. ``worn`` asks for a fresh
    worker.
    """

    run: str | None = None
    sequence: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    aside: dict[str, int] | None = None
    aside_first: list[dict[str, str]] = field(default_factory=list)
    suspects: int = 0
    fallen: list[dict[str, str]] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    worn: bool = False


@dataclass(frozen=True)
class Beside:
    """The earlier run that changes are named against, and whether a run beside it is published."""

    signature: tuple[int, int, int]
    shown: bool


class Orphaned(Exception):
    """The server has gone."""


class Worker:
    """Looks at the inbox, and does what is to be done."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._catalogue = Catalogue.load(
            Path(options.catalogue_override) if options.catalogue_override else None
        )
        self._hashes = Hashes()
        self._store = Store(Path(options.state))
        self._stillness = Stillness(place_of(options.inbox), self._store.root)
        self._standing = Standing()
        self._terms: Final[dict[str, Any]] = {
            "catalogue": self._catalogue, "hash_key": bytes.fromhex(options.hash_key),
            "pseudonym_key":
                bytes.fromhex(options.pseudonym_key) if options.pseudonym_key else None,
            "max_bad": options.max_bad, "slack": options.slack,
        }  # fmt: skip
        self._sequence = 0
        self._seen: dict[str, Mark] = {}
        self._set_aside = 0
        self._waiting = False
        self._lacked: str | None = None
        terms = {term.name: getattr(options, term.name) for term in fields(Terms)}
        self._scorer = LiveScorer(None, Asked(**terms))
        self._signature: Signature = ()
        self._beside: Beside | None = None
        self._asked = _asked_of(options, self._catalogue)
        self._server = os.getppid()
        sweep_if_free(Path(options.state))
        # Before the memory of files, which lets go of the file at which a worker ended.
        self._falls = Falls(Path(options.state))
        self._deaths = Deaths(Path(options.state), partial(try_alone, options))

    def look(self) -> Told:
        """Take in, score and publish what has changed since the look before."""
        told = Told()
        if self._tried("ingest", self._ingest, told):
            self._tried("model", self._load, told)
            self._tried("previous", self._look_back, told)
            self._tried("score", self._score, told)
        told.fallen = [{"stage": fall.stage, "why": fall.sentence} for fall in self._falls.many()]
        return told

    def _tried(self, stage: str, work: Callable[[Told], bool], told: Told) -> bool:
        """Do a stage's work, which tells whether it did something."""
        began = time.monotonic()
        try:
            done = work(told)
        except (EnduseError, OSError, MemoryError, pl.exceptions.PolarsError) as error:
            told.failed[stage] = str(error) or type(error).__name__
            told.reasons[stage] = reason_of(error)
            return False
        if done:
            told.seconds[stage] = round(time.monotonic() - began, 6)
        if done or stage == "ingest":
            # A look at the inbox is one whatever it finds; a score is one where it was published.
            told.ended[stage] = time.time()
        return True

    def _ingest(self, told: Told) -> bool:
        told.sequence = self._sequence
        manifest = self._store.manifest()
        standing = manifest is self._standing.base
        came = self._stillness.news() if standing else None
        quiet: dict[str, Mark] | None = None
        if came is not None:
            quiet = {path: mark for path, mark in came.items() if self._seen.get(path) == mark}
            self._seen |= came
            if not quiet:
                self._falls.refuse("ingest")
                return False
        with self._falls.doing("ingest", "looked at the inbox", self._work(manifest.sequence)):
            done = self._take(quiet) if quiet is not None else None
            done = done or self._look_in_full()
        self._tell(done, told)
        if done.changed or not self._waiting:
            self._falls.acquit("ingest")
        # A file that is not taken yet may be the one that workers ended after.
        self._falls.refuse("ingest")
        return done.changed

    def _work(self, *of: object) -> str:
        """What a stage works on: where it is another, it is tried at once."""
        named = repr((self._asked, *of))
        return hashlib.sha256(named.encode()).hexdigest()[:16]

    def _take(self, came: Mapping[str, Mark]) -> Taken | None:
        """Take in what came, where that is all there is to do."""
        done = ingest_arrivals(
            self._options.inbox, self._store, self._standing, came, hashes=self._hashes,
            guard=self._deaths.reading, say=self._falls.at, **self._terms,
        )  # fmt: skip
        if done is not None:
            self._stillness.took(came)
        return done

    def _look_in_full(self) -> Taken:
        self._stillness.begin()
        seen: dict[str, Mark] = {}

        def is_quiet(arrival: Listed) -> bool:
            # A file that is still being written differs from look to look.
            seen[arrival.path] = arrival.mark
            return self._seen.get(arrival.path) == arrival.mark

        done = ingest(
            self._options.inbox, self._store, reject=True, hashes=self._hashes, ready=is_quiet,
            served=True, guard=self._deaths.reading, say=self._falls.at, standing=self._standing,
            **self._terms,
        )  # fmt: skip
        waiting = {path: mark for path, mark in seen.items() if self._seen.get(path) != mark}
        self._stillness.looked(waiting, changed=done.changed)
        self._seen, self._waiting = seen, bool(waiting)
        return done

    def _tell(self, done: Taken, told: Told) -> None:
        told.sequence = self._sequence = done.sequence
        told.warned += said_of_aside(
            Unread(printable(r.path), r.reason, r.table) for r in done.rejected
        )
        self._set_aside += len(done.rejected)
        told.worn = self._set_aside >= WORN
        told.said += done.lists
        told.aside = dict(Counter(file.table or "" for file in done.aside))
        told.aside_first = [
            {"path": file.path, "table": file.table or "", "reason": file.reason}
            for file in done.aside[:MOST_ASIDE]
        ]
        told.suspects = len(self._deaths.suspects)
        if done.changed:
            told.said.append(
                f"state {done.sequence}: {len(done.added)} new, {len(done.replaced)} replaced"
            )

    def _load(self, _told: Told) -> bool:
        if self._options.model is None:
            return False
        folder = Path(self._options.model)
        signature = _signature(folder)
        if self._scorer.model is not None and signature == self._signature:
            return False
        with self._falls.doing("model", "read the model", repr(signature)):
            model = load_model(folder)
        self._falls.acquit("model")
        self._scorer = replace(self._scorer, model=model)
        self._signature = signature
        return True

    def _look_back(self, _told: Told) -> bool:
        """Read the earlier run that changes are named against, where another one stands there."""
        if self._options.previous is None:
            return False
        folder = Path(self._options.previous)
        signature = signature_of(folder)
        if self._beside is not None and self._beside.signature == signature:
            return False
        with self._falls.doing("previous", "read the earlier run", repr(signature)):
            results = Results.read(folder)
        self._falls.acquit("previous")
        self._beside = Beside(signature, shown=False)
        self._scorer = replace(self._scorer, asked=replace(self._scorer.asked, previous=results))
        return True

    def _score(self, told: Told) -> bool:
        root = self._store.root
        manifest = self._store.manifest()
        last = last_run(root)
        if last and last.sequence == manifest.sequence and self._is_shown_by(last):
            told.run = str(last.folder)
            return False
        told.run = str(last.folder) if last else None
        lacks = lacking({part.table for part in manifest.live()})
        if lacks is not None and last is not None:
            raise DataError(f"{lacks}; the run shown is of before")
        if lacks is not None:
            told.said += [lacks] if lacks != self._lacked else []
            self._lacked = lacks
            return False
        told.run = str(self._scored().folder)
        self._falls.acquit("score")
        if self._beside is not None:
            self._beside = replace(self._beside, shown=True)
        told.said.append(f"published the scores of state {manifest.sequence}")
        return True

    def _scored(self) -> Run:
        """Score the state and publish the run."""
        options, root, model = self._options, self._store.root, self._scorer.model
        beside = None if self._beside is None else self._beside.signature
        named = "a model of its own" if model is None else f"model {model.model_id}"
        with (
            open_state(
                root, catalogue=self._catalogue, max_bad=options.max_bad, slack=options.slack
            ) as logs,
            self._falls.doing(
                "score",
                f"scored state {logs.manifest.sequence} with {named}",
                self._work(logs.manifest.sequence, self._signature, beside),
            ),
        ):
            results = self._scorer.score(logs, self._still_wanted)
            return publish(root, logs.manifest.sequence, results, self._asked)

    def _is_shown_by(self, last: Run) -> bool:
        """Whether a run is of this model, beside the earlier run of now, and nothing came since.

        What lay ahead of the clock comes by itself.
        """
        model, record = self._scorer.model, last.record
        if record is None or not (self._beside is None or self._beside.shown):
            return False
        if not was_asked(last, self._asked):
            return False
        firsts = [waits.first for waits in record.ahead.values() if waits.first is not None]
        if firsts and min(firsts) <= now() + self._options.slack:
            return False
        return model is None or model.made(record, self._options.prior)

    def _still_wanted(self, _stage: str, _share: float) -> None:
        if os.getppid() != self._server:
            raise Orphaned


def lacking(tables: Set[str]) -> str | None:
    """What the inbox must still bring before anything can be scored; None where it is there."""
    missing = [table for table in REQUIRED_TABLES if table not in tables]
    if not missing:
        return None
    return f"no {' and no '.join(missing)} came in yet: usage and accounts are required for scores"


def _asked_of(options: Options, catalogue: Catalogue) -> str:
    """What scores come from beside state, model and earlier run; threads change no bit."""
    terms = {term.name: getattr(options, term.name) for term in fields(Terms)}
    packs = _signature(Path(options.policy_packs)) if options.policy_packs else ()
    told = {**terms, "threads": None, "max_bad": options.max_bad, "packs": packs,
            "slack": options.slack,
            "rollups": fingerprint(catalogue), "version": __version__}  # fmt: skip
    return hashlib.sha256(repr(sorted(told.items())).encode()).hexdigest()[:16]


def _signature(folder: Path) -> Signature:
    return tuple(
        (path.name, status.st_ino, status.st_size, status.st_mtime_ns)
        for path in sorted(folder.glob("*"))
        for status in [path.stat()]
    )


def serve_lines() -> None:
    """Answer looks until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not stand among the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    worker = Worker(Options(**json.loads(sys.stdin.readline())))
    for _ in sys.stdin:
        try:
            told = worker.look()
        except Orphaned:
            return
        answers.write(json.dumps(asdict(told)) + "\n")
        answers.flush()
