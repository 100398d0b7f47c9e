"""What was run: ``run.json`` as a typed record, and the one place that reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from pydantic import field_serializer as _serializer

from detector.errors import DataError
from detector.results.runparts import (
    Canaries,
    Overlap,
    RunAhead,
    RunCapacity,
    RunChance,
    RunCounts,
    RunEvidence,
    RunGap,
    RunInput,
    RunModel,
    RunPart,
    RunPolicy,
    RunUnread,
    RunWeek,
    Tally,
)
from detector.terminal import safe_text

RUN_FILE: Final = "run.json"
SCHEMA_VERSION: Final = 2
MOST_BYTES: Final = 64 << 20


class Run(RunPart):
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
