"""The parts of ``run.json``, each a record of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic import field_serializer as _serializer


class RunPart(BaseModel):
    """A part of a run; what later versions write beside it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class RunInput(RunPart):
    """A file that was read: its bytes on disk, their SHA-256, and its records."""

    path: str
    table: str
    bytes: int
    sha256: str
    source: str | None = None
    period: str | None = None
    rows: int | None = None


class RunUnread(RunPart):
    """A file that was not read, and why; ``aside`` where it should have been."""

    path: str
    reason: str
    table: str | None = None
    aside: bool = False


class RunGap(RunPart):
    """Ids of one table that do not meet those of another."""

    kind: str
    table: str
    ids: int
    share: float
    examples: tuple[str, ...]
    others: tuple[str, ...]
    sentence: str
    warning: bool


class RunCounts(RunPart):
    """Records of a table by what became of them; see ``detector.sources.TableCounts``."""

    read: int = 0
    ok: int = 0
    quarantined: int = 0
    unmapped: int = 0
    duplicate: int = 0
    late: int = 0


class RunAhead(RunPart):
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


class Tally(RunPart):
    """How many there are, and how many in each queue."""

    total: int = 0
    queues: Mapping[str, int] = {}


class RunModel(RunPart):
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


class Canaries(RunPart):
    """Confirmed open accounts, the places they must be in, and the ids of those that are not."""

    accounts: int
    k: int
    fallen: tuple[str, ...]


class Overlap(RunPart):
    """How much of the first ``k`` places a reference model or run shares."""

    reference: str
    model_id: str
    k: int
    share: float


class RunChance(RunPart):
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


class RunList(RunPart):
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


class RunPolicy(RunPart):
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


class RunChannel(RunPart):
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


class RunEvidence(RunPart):
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


class RunWeek(RunPart):
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


class RunCapacity(RunPart):
    """How many cases the team reviews, and what remains outside.

    ``cases`` is what was asked, ``fit`` how many of the first there are, ``waiting`` how many
    wait, ``first_waiting`` the first of these. Cases of queue policy do not count.
    """

    cases: int
    fit: int
    waiting: int = 0
    first_waiting: str | None = None
