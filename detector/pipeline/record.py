"""What was run: ``run.json`` and the daily time lines of the first cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

import polars as pl

from detector import __version__
from detector.pipeline.prepare import Prepared, Stages
from detector.pipeline.sums import RunSums
from detector.pipeline.watching import Watched
from detector.results import QUEUES, TIMELINES_SCHEMA, Run
from detector.results.run import SCHEMA_VERSION
from detector.results.runparts import (
    RunAhead,
    RunChance,
    RunCounts,
    RunEvidence,
    RunGap,
    RunInput,
    RunModel,
    RunPolicy,
    RunUnread,
    Tally,
)
from detector.results.words import LANE_B_QUEUES
from detector.sources import Source
from detector.sources.doubts import doubts
from detector.sources.gaps import Gap, in_rollups
from features.rollups import Rollups
from features.shape import MOST_VALUES
from features.tables import SCHEMAS, names
from features.totals import tokens, tpp_hours

TIMELINE_CASES: Final = 500
_DAILY: Final = ["account_id", "day"]
# The rollups that tell of work.
_WORK: Final = ("usage", "model")


def timelines(rollups: Rollups, scores: pl.DataFrame) -> pl.DataFrame:
    """Daily TPP-hours and tokens of the accounts in a queue or in a first case's ring.

    Queues are those of lane B: what other lanes ask for changes no line.
    """
    scores = scores.select("account_id", "queue", "ring_id")
    first_rings = (
        scores.filter(pl.col("ring_id").is_not_null())
        .select("ring_id")
        .unique(maintain_order=True)
        .head(TIMELINE_CASES)
    )
    wanted = pl.concat(
        [
            scores.filter(pl.col("queue").is_in(LANE_B_QUEUES)).head(TIMELINE_CASES),
            scores.head(TIMELINE_CASES),
            scores.join(first_rings, on="ring_id", how="semi"),
        ]
    ).select("account_id").unique()  # fmt: skip
    mine = wanted["account_id"]
    daily = rollups.of_pieces(lambda piece: _worked(piece.of(mine, *_WORK)), *_WORK)
    filled = daily.with_columns(pl.col("tpp_hours").fill_null(0.0), pl.col("tokens").fill_null(0))
    recent = filled.filter(pl.col("day") >= rollups.window_start)
    return recent.sort(_DAILY).select(list(TIMELINES_SCHEMA)).cast(TIMELINES_SCHEMA)


def _worked(rollups: Rollups) -> pl.DataFrame:
    """TPP-hours and tokens by account and day; null where there is nothing of one of them."""
    compute = tpp_hours(rollups.window("usage"), _DAILY, rollups.catalogue)
    counted = tokens(rollups, _DAILY).select(
        *_DAILY, tokens=pl.col("input_tokens") + pl.col("output_tokens")
    )
    return compute.select(*_DAILY, "tpp_hours").join(counted, on=_DAILY, how="full", coalesce=True)


@dataclass(frozen=True)
class Told:
    """What the parts of a run say of it, beside the data and the scores."""

    engine: str
    seed: int
    alpha: float
    threads: int
    model_id: str
    model: RunModel
    drift: Mapping[str, float | None]
    watched: Watched
    chance: RunChance
    notes: Sequence[str] = ()
    lanes: Mapping[str, bool] = field(default_factory=dict)
    followups: Mapping[str, int] = field(default_factory=dict)
    policy: RunPolicy | None = None
    evidence: RunEvidence | None = None


def run_record(
    source: Source,
    prepared: Prepared,
    scores: pl.DataFrame,
    rings: pl.DataFrame,
    stages: Stages,
    told: Told,
) -> Run:
    """The content of ``run.json``: inputs, counts, timings, settings, and plain sentences."""
    rollups = prepared.rollups
    sums = RunSums.of(rollups)
    gaps = in_rollups(rollups)
    run = Run(
        schema_version=SCHEMA_VERSION,
        version=__version__,
        as_of=rollups.as_of,
        engine=told.engine, seed=told.seed, alpha=told.alpha, threads=told.threads,
        model_id=told.model_id,
        model=told.model,
        inputs=_inputs(source),
        unread=tuple(RunUnread(**vars(unread)) for unread in source.unread),
        id_gaps=tuple(RunGap(**asdict(gap)) for gap in gaps),
        counts={table: RunCounts(**asdict(c)) for table, c in source.counts.items()},
        ahead=_ahead(source),
        missing_tables=tuple(name for name in SCHEMAS if name not in source.tables()),
        timings=stages.seconds,
        accounts=Tally(total=scores.height, queues=_by_queue(scores["queue"])),
        rings=Tally(total=rings.height, queues=_by_queue(_ring_queues(scores, rings))),
        chance=told.chance,
        gpu_hours=sums.gpu_hours,
        controlled_gpu_hours=_controlled(sums.gpu_hours, rollups),
        tokens={"input": sums.input_tokens, "output": sums.output_tokens},
        watermarks=sums.ends,
        lanes=told.lanes,
        warnings=_warnings(source, rollups, sums, gaps, told.watched),
        notes=(*_notes(prepared, source), *told.notes),
        drift=told.drift,
        canaries=told.watched.canaries,
        top_overlap=told.watched.overlap,
        followups=told.followups,
        policy=told.policy,
        evidence=told.evidence,
    )  # fmt: skip
    # It stands in run.json where there were several, and nowhere else.
    several = {"buckets": prepared.buckets} if prepared.buckets > 1 else {}
    return run.model_copy(update=several)


def _controlled(by_model: Mapping[str, float], rollups: Rollups) -> dict[str, float]:
    """GPU-hours of the models that the catalogue of this run calls controlled."""
    known = set(rollups.catalogue.gpus.filter("controlled")["gpu_model"])
    return {model: hours for model, hours in by_model.items() if model in known}


def _ahead(source: Source) -> dict[str, RunAhead]:
    """What waits for its time, by table; nothing of a table of which nothing does."""
    far = source.far
    waits = {"usage": source.ahead, **source.later}
    waits = {table: ahead for table, ahead in waits.items() if ahead.rows}
    found = {table: RunAhead(far=rows) for table, rows in far.items()}
    return found | {
        table: RunAhead(waiting=ahead.rows, far=far.get(table, 0), first=ahead.first)
        for table, ahead in waits.items()
    }


def _inputs(source: Source) -> tuple[RunInput, ...]:
    return tuple(
        RunInput(
            path=file.path, table=file.table, bytes=file.bytes, sha256=file.sha256,
            source=file.source, period=file.period, rows=file.rows,
        )
        for file in source.inputs
    )  # fmt: skip


def _by_queue(queues: pl.Series) -> dict[str, int]:
    return {name: int((queues == name).sum()) for name in QUEUES}


def _ring_queues(scores: pl.DataFrame, rings: pl.DataFrame) -> pl.Series:
    """A ring stands in the queue of its first member."""
    first = scores.filter(pl.col("ring_id").is_not_null()).unique(
        "ring_id", keep="first", maintain_order=True
    )
    joined = rings.join(first.select("ring_id", "queue"), on="ring_id", how="left")
    return joined["queue"]


def _warnings(
    source: Source, rollups: Rollups, sums: RunSums, gaps: Sequence[Gap], watched: Watched
) -> tuple[str, ...]:
    """Sentences on what the numbers are not to be trusted for, and alarms."""
    return (
        *source.warnings,
        *(gap.sentence for gap in gaps if gap.warning),
        *doubts(rollups["labels"]),
        *_doubtful(sums),
        *watched.alarms,
    )


def _doubtful(sums: RunSums) -> list[str]:
    """Sentences on usage that counts no GPU-hours, or by its text alone."""
    said = []
    if sums.unknown_rows:
        said.append(
            f"{sums.unknown_rows:,} usage rows name an accelerator instance that the GPU catalogue "
            "does not know; their GPU-hours are not counted: add the instance to a catalogue "
            "override"
        )
    if sums.guessed_rows:
        said.append(f"{sums.guessed_rows:,} usage rows were mapped to a GPU by their text alone")
    if sums.unmapped_rows:
        said.append(
            f"{sums.unmapped_rows:,} usage rows name a GPU in a unit that is no time (such as GB "
            "or Requests) or without a quantity; they count no GPU-hours: export the hours"
        )
    said += [_full_sentence(full) for full in sums.full.values() if full.height]
    return said


def _full_sentence(full: pl.DataFrame) -> str:
    return (
        f"{full['account_id'].n_unique():,} accounts have {MOST_VALUES:,} or more identifiers of "
        f"one kind ({', '.join(sorted(full['kind'].unique()))}); no more than these were kept of "
        "each"
    )


def _notes(prepared: Prepared, source: Source) -> list[str]:
    notes = []
    if float(prepared.table["controlled_gpu_hours"].sum()) == 0.0:
        notes.append("No controlled compute found: no usage row maps to a controlled GPU.")
    missing = [name for name in names(lambda table: table.missed) if name not in source.tables()]
    if missing:
        notes.append(
            f"Without {', '.join(missing)} the features that need them are missing, not zero; "
            "coverage says how much of the model each account could fill."
        )
    return notes
