"""What was run: ``run.json`` as a typed record, and the one place that reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic import field_serializer as _serializer

from detector.errors import DataError
from detector.terminal import safe_text

RUN_FILE: Final = "run.json"
SCHEMA_VERSION: Final = 2
MOST_BYTES: Final = 64 << 20


class _Part(BaseModel):
    """A part of a run; what later versions write beside it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class RunInput(_Part):
    """A file that was read: its bytes on disk, their SHA-256, and its records."""

    path: str
    table: str
    bytes: int
    sha256: str
    source: str | None = None
    period: str | None = None
    rows: int | None = None


class RunUnread(_Part):
    """A file that was not read, and why; ``aside`` where it should have been."""

    path: str
    reason: str
    table: str | None = None
    aside: bool = False


class RunGap(_Part):
    """Ids of one table that do not meet those of another."""

    kind: str
    table: str
    ids: int
    share: float
    examples: tuple[str, ...]
    others: tuple[str, ...]
    sentence: str
    warning: bool


class RunCounts(_Part):
    """Records of a table by what became of them; see ``detector.sources.TableCounts``."""

    read: int = 0
    ok: int = 0
    quarantined: int = 0
    unmapped: int = 0
    duplicate: int = 0
    late: int = 0


class RunAhead(_Part):
    """Rows of a table that lie ahead of the clock: they count once their time has come.

    ``first`` is the first end of a row that waits; ``far`` are rows in quarantine, which
    are dated more than 400 days ahead.
    """

    waiting: int = 0
    far: int = 0
    first: AwareDatetime | None = None

    @_serializer("first")
    def _iso(self, value: datetime | None) -> str | None:
        return None if value is None else value.isoformat()


class Tally(_Part):
    """How many there are, and how many in each queue."""

    total: int = 0
    queues: Mapping[str, int] = {}


class RunModel(_Part):
    """The model of a run.

    ``stored_id`` is the id under which `enduse models` keeps its folder, also where a prior
    changes what scores; ``prior`` names that prior.
    """

    trained_on_these_logs: bool = False
    features: int = 0
    prior: str = "none"
    stored_id: str | None = None
    trained_at: str | None = None
    sha256: str | None = None
    card: Mapping[str, Any] = {}


class Canaries(_Part):
    """Confirmed open accounts, the places they must be in, and the ids of those that are not."""

    accounts: int
    k: int
    fallen: tuple[str, ...]


class Overlap(_Part):
    """How much of the first ``k`` places a reference model or run shares."""

    reference: str
    model_id: str
    k: int
    share: float


class RunChance(_Part):
    """What the proxy queue holds, and what it would hold by chance where nothing is wrong.

    ``own_logs`` is true where p-values are measured on the accounts that are scored: then about
    as many stand in the queue whatever is wrong. ``sentence`` says so, or how they compare.
    """

    cases: int
    accounts: int
    cases_by_chance: float
    accounts_by_chance: float
    own_logs: bool
    sentence: str


class RunList(_Part):
    """A file of lists that parties were screened against.

    ``day`` is that of the file (ISO 8601) and ``age`` its days before as-of, None where nobody
    told; ``rows`` are current entries by list.
    """

    file: str
    sha256: str
    day: str | None = None
    age: int | None = None
    publisher: str | None = None
    rows: Mapping[str, int] = {}


class RunPolicy(_Part):
    """What lane L asked, and of how much.

    Attributes
    ----------
    packs
        SHA-256 of each policy pack, by id.
    unverified
        A sentence for each fact that rules at as-of and that nobody verified.
    lists, refused
        What was screened against, and a sentence for each file that could not be.
    stale
        Lists older than the setting, or of a day that nobody told: they clear nobody.
    names
        How many different names were screened.
    counts
        By rule, how many accounts each outcome has; a clear reads "not found in ...".
    not_asked
        Rules that nobody was asked about, and why.
    silenced
        How many findings a decision took out of the queue.
    """

    packs: Mapping[str, str] = {}
    unverified: tuple[str, ...] = ()
    lists: tuple[RunList, ...] = ()
    refused: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    names: int = 0
    counts: Mapping[str, Mapping[str, int]] = {}
    not_asked: Mapping[str, str] = {}
    silenced: int = 0


class RunChannel(_Part):
    """A partner or a representative at whom exceptions gather, or end customers stay unnamed.

    Attributes
    ----------
    kind, id
        ``partner`` or ``rep``, and its id.
    accounts, excepted
        Customers of it, and how many of them had an exception.
    usual
        The median rate of its peers; None where there are too few.
    tail
        The chance of as many exceptions at that rate (exact, binomial).
    gathers
        Whether that is rare enough to be shown.
    undeclared
        Accounts behind it of which no end customer is named.
    listed
        End customers that it named and that lists may know.
    """

    kind: str
    id: str
    accounts: int
    excepted: int
    usual: float | None = None
    tail: float | None = None
    gathers: bool = False
    undeclared: int = 0
    listed: int = 0


class RunEvidence(_Part):
    """What lane E read: notices by what became of them, reports, indicators, the channel.

    ``leads`` counts rows of ``leads.parquet`` by strength, ``not_read`` says what was not there
    or not asked, and why.
    """

    notices: int = 0
    leads: Mapping[str, int] = {}
    reports: int = 0
    indicators: int = 0
    channel: tuple[RunChannel, ...] = ()
    not_read: Mapping[str, str] = {}


class RunWeek(_Part):
    """What changed since an earlier run; ``week.parquet`` says it row by row.

    Attributes
    ----------
    since, model_before, same_model
        As-of and model of that run; scores are compared only under one model.
    accounts
        How many accounts entered a queue, left it, moved to another, or stayed.
    causes
        Of those that left, how many by each cause; see ``detector.results.week.LEAVING``.
    cases
        How many cases are new, left whole, rose and fell.
    rings
        How many rings in review grew, shrank, fell apart and came to be.
    decisions
        How many decisions came between the runs, those of one case and moment as one.
    """

    since: AwareDatetime
    model_before: str
    same_model: bool
    accounts: Mapping[str, int]
    causes: Mapping[str, int] = {}
    cases: Mapping[str, int] = {}
    rings: Mapping[str, int] = {}
    decisions: int = 0


class RunCapacity(_Part):
    """How many cases the team reviews, and what remains outside.

    ``cases`` is what was asked, ``fit`` how many of the first there are, ``waiting`` how many
    wait, ``first_waiting`` the first of these. Cases of queue policy do not count.
    """

    cases: int
    fit: int
    waiting: int = 0
    first_waiting: str | None = None


class Run(_Part):
    """One run.

    ``followups`` says for each confirmed case how many accounts are on its follow-up list,
    ``buckets`` in how many buckets of accounts the run worked; it is there where they were several.

    Code reads attributes. ``run["key"]``, ``run.get`` and ``dict(run)`` give what ``run.json``
    holds, for notebooks.
    """

    schema_version: int
    version: str
    as_of: AwareDatetime
    engine: str
    buckets: int = 1
    seed: int
    alpha: float
    threads: int
    model_id: str
    model: RunModel
    inputs: tuple[RunInput, ...] = ()
    unread: tuple[RunUnread, ...] = ()
    id_gaps: tuple[RunGap, ...] = ()
    counts: Mapping[str, RunCounts]
    ahead: Mapping[str, RunAhead] = {}
    missing_tables: tuple[str, ...] = ()
    timings: Mapping[str, float]
    accounts: Tally
    rings: Tally
    chance: RunChance | None = None
    gpu_hours: Mapping[str, float]
    controlled_gpu_hours: Mapping[str, float] | None = None
    tokens: Mapping[str, int]
    watermarks: Mapping[str, str | None]
    lanes: Mapping[str, bool] = {}
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    drift: Mapping[str, float | None] = {}
    canaries: Canaries | None = None
    top_overlap: Overlap | None = None
    followups: Mapping[str, int] = {}
    policy: RunPolicy | None = None
    evidence: RunEvidence | None = None
    week: RunWeek | None = None
    capacity: RunCapacity | None = None

    @_serializer("as_of")
    def _iso(self, value: datetime) -> str:
        return value.isoformat()

    @classmethod
    def told(cls, held: Mapping[str, Any]) -> Run:
        """Read what ``run.json`` holds, part by part.

        A part that is missing or no such thing stays away: asking for it is an
        ``AttributeError``. Pages that show a run show the other parts then.
        """
        try:
            return cls.model_validate(held)
        except ValidationError:
            sound = dict(_sound(held))
            run = cls.model_construct(**sound)
            for name in set(held) - set(sound):
                # A part that is damaged is not there; its default would be a claim.
                run.__dict__.pop(name, None)
            return run

    def __repr__(self) -> str:
        """One line; a part that is damaged is a question mark."""
        told = vars(self)
        model, accounts = told.get("model"), told.get("accounts")
        prior = "?" if model is None else model.prior
        scored = "?" if accounts is None else f"{accounts.total}"
        return (
            f"<Run of enduse {safe_text(told.get('version', '?'), limit=40)}: accounts {scored}, "
            f"as of {told.get('as_of', '?')}, "
            f"model {safe_text(told.get('model_id', '?'), limit=40)}, "
            f"prior {safe_text(prior, limit=40)}>"
        )

    __str__ = __repr__

    @classmethod
    def whole(cls, held: Mapping[str, Any], where: str) -> Run:
        """Read what ``run.json`` holds.

        Raises
        ------
        DataError
            Naming the parts that are missing or no such thing.
        """
        try:
            return cls.model_validate(held)
        except ValidationError as error:
            parts = sorted({str(fault["loc"][0]) for fault in error.errors()})
            raise DataError(
                f"{where} is damaged ({', '.join(parts)}); run enduse score again"
            ) from error

    def to_json(self) -> str:
        """The text of ``run.json``."""
        told = self.model_dump(mode="json", exclude_unset=True)
        return json.dumps(told, indent=2, sort_keys=True, ensure_ascii=True) + "\n"

    def __getitem__(self, key: str) -> Any:
        return self.model_dump(mode="json", include={key}, exclude_unset=True)[key]

    def __contains__(self, key: str) -> bool:
        return key in self.model_fields_set

    def get(self, key: str, default: Any = None) -> Any:
        """What ``run.json`` says under a key, or ``default``."""
        return self[key] if key in self else default  # noqa: SIM401 - this is that method

    def keys(self) -> list[str]:
        """The keys of ``run.json``."""
        return sorted(self.model_fields_set)

    def items(self) -> list[tuple[str, Any]]:
        """The keys of ``run.json`` and what stands there."""
        return sorted(self.model_dump(mode="json", exclude_unset=True).items())


def _sound(held: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The parts that are what they should be."""
    for name, field in Run.model_fields.items():
        if name in held:
            try:
                yield name, TypeAdapter[Any](field.rebuild_annotation()).validate_python(held[name])
            except ValidationError:
                continue


def read_run(folder: Path) -> Run:
    """Read the ``run.json`` of a results folder, for a run that is worked with.

    Raises
    ------
    DataError
        Where there is none, or it is damaged or too large.
    """
    return Run.whole(_held(folder / RUN_FILE), str(folder / RUN_FILE))


def read_what_is_sound(folder: Path) -> Run:
    """Read the ``run.json`` of a results folder for a page; see ``Run.told``.

    Raises
    ------
    DataError
        Where there is none, or it is damaged as a whole or too large.
    """
    return Run.told(_held(folder / RUN_FILE))


def _held(path: Path) -> dict[str, Any]:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise DataError(f"{path} has {size} bytes; expected at most {MOST_BYTES}")
        held = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        reason = safe_text(error, limit=200)
        raise DataError(f"{path} cannot be read ({reason}); run enduse score again") from error
    if not isinstance(held, dict):
        raise DataError(f"{path} holds {type(held).__name__}; expected a JSON object")
    return held
