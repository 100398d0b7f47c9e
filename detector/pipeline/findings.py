"""Reasons as findings: the words of the accounts that people look at say what was seen there.

Scores, ranks and the order of reasons are settled before; only texts change here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.findings.company import company_of
from detector.findings.details import Details, details_of
from detector.findings.finding import NOBODY, Finding, Linked, Seen, sentence
from detector.findings.said import SAID
from detector.findings.seen import asked_of, by_account, seen_in
from detector.findings.subjects import Subject
from detector.pipeline.prepare import Prepared
from detector.results import NOTE
from detector.results.words import LANE_B_QUEUES
from detector.words import visible
from features.blocks import Rows, each, of_each
from features.build import REGISTRY
from features.registry import Feature, Registry

#: Accounts by rank whose reasons are told in full, beside those in a queue or a ring.
FIRST: Final = 500
# Accounts whose sentences are made at once.
VIEW_ROWS: Final = 32_768
# Accounts that are held until enough of them are in view: a bound on memory, as the lists of
# reasons of each take about a kilobyte.
HELD_ROWS: Final = 1 << 17
Places = NDArray[np.int64]


def in_words(prepared: Prepared, scores: Rows) -> Iterator[pl.DataFrame]:
    """The score table; of accounts in view, each reason says its subject, value, peers and time.

    What speaks for an account says its value too. Some rows after the other are made.

    Parameters
    ----------
    prepared
        Accounts and what ties them.
    scores
        ``SCORES_SCHEMA``, of which ``text`` in ``reasons`` and ``counter_evidence`` changes alone.
    """
    places = ("rank", "queue", "ring_id")
    seen = of_each(scores, lambda block: block.select(places)).select(in_view()).to_series()
    at = 0
    for block in _with_view(each(scores), seen):
        yield _in_words(prepared, block, seen[at : at + block.height])
        at += block.height


def _with_view(blocks: Iterable[pl.DataFrame], seen: pl.Series) -> Iterator[pl.DataFrame]:
    """Blocks together, up to ``VIEW_ROWS`` of accounts in view and about ``HELD_ROWS`` of all.

    Of those in view all that lies elsewhere is gone through, for few as for many; and few may be
    in view of many.
    """
    held: list[pl.DataFrame] = []
    first = at = 0
    for block in blocks:
        held.append(block)
        at += block.height
        if at - first >= HELD_ROWS or int(seen[first:at].sum()) >= VIEW_ROWS:
            yield pl.concat(held)
            held, first = [], at
    if held:
        yield pl.concat(held)


def _in_words(prepared: Prepared, scores: pl.DataFrame, seen: pl.Series) -> pl.DataFrame:
    rows = seen.arg_true().to_numpy()
    if not rows.size:
        return scores
    view = scores[rows].select("account_id", "reasons", "counter_evidence")
    for_it = _for_it(prepared, view)
    at = np.arange(scores.height)
    at[rows] = scores.height + np.arange(rows.size)
    return scores.with_columns(
        _retold(scores["reasons"], rows, _all_told(prepared, view.drop("counter_evidence"))),
        pl.concat([scores[for_it.name], for_it]).gather(at),
    )


def _retold(reasons: pl.Series, rows: Places, texts: pl.Series) -> pl.Series:
    """Lists of reasons, all of one length, with other texts in some rows; no more is copied.

    ``texts`` are those of the rows, one below the other.
    """
    each, at, parts = len(reasons[0]), 0, []
    # A block that is a piece in memory is taken apart and put together without a copy.
    for block in reasons.get_chunks():
        inner = block.list.explode().struct.unnest()
        first, last = np.searchsorted(rows, [at, at + len(block)])
        places = np.arange(inner.height).reshape(-1, each)
        places[rows[first:last] - at] = inner.height + np.arange((last - first) * each).reshape(
            -1, each
        )
        said = texts[int(first) * each : int(last) * each]
        told = inner.with_columns(
            pl.concat([inner["text"], said]).gather(places.ravel()).alias("text")
        )
        parts.append(told.to_struct().reshape((-1, each)).arr.to_list())
        at += len(block)
    return pl.concat(parts).alias(reasons.name)


def in_view() -> pl.Expr:
    """Accounts in a queue, in a ring or among the first; of equal rank all are or none.

    What other lanes ask for does not change what lane B says.
    """
    queued = pl.col("queue").is_in(LANE_B_QUEUES)
    return queued | pl.col("ring_id").is_not_null() | (pl.col("rank").rank("max") <= FIRST)


def _all_told(prepared: Prepared, view: pl.DataFrame) -> pl.Series:
    """``_told`` of some accounts after the other: of each its whole company is looked at."""
    return pl.concat(_told(prepared, some) for some in view.iter_slices(VIEW_ROWS))


def _told(prepared: Prepared, view: pl.DataFrame) -> pl.Series:
    """The sentences of the reasons of some accounts, one below the other."""
    long = view.explode("reasons").unnest("reasons")
    seen = prepared.seen
    ids = view["account_id"]
    counts = (
        seen_in(prepared.rollups, ids)
        if seen is None
        else seen.filter(pl.col("account_id").is_in(ids.implode()))
    )
    asked = counts.join(asked_of(long), on=["account_id", "subject"], how="semi")
    said = _sentences(
        long,
        by_account(asked),
        company_of(prepared.population, long.drop_nulls("value")),
        details_of(prepared.rollups, prepared.table, long.drop_nulls("value")),
        prepared.registry,
    )
    return pl.Series(said, dtype=pl.String)


def _for_it(prepared: Prepared, view: pl.DataFrame) -> pl.Series:
    """What speaks for some accounts, with the values of what their own scores were lowered by."""
    features = {f.code: f for f in REGISTRY if f.both and f.name in SAID}
    mine = pl.col("account_id").is_in(view["account_id"].implode())
    columns = [feature.name for feature in features.values()]
    table = prepared.table.filter(mine).select("account_id", *columns)
    known = {row["account_id"]: row for row in table.iter_rows(named=True)}
    lists = [
        [_note(note, features.get(note["code"]), known[account]) for note in notes or ()]
        for account, notes in view.select("account_id", "counter_evidence").iter_rows()
    ]
    return pl.Series("counter_evidence", lists, dtype=pl.List(NOTE))


def _note(note: Mapping[str, str], feature: Feature | None, row: Mapping[str, Any]) -> Any:
    if feature is None or row[feature.name] is None:
        return note
    said = sentence(SAID[feature.name], feature.unit, feature.direction, row[feature.name], None)
    return {**note, "text": said}


def _sentences(
    reasons: pl.DataFrame,
    seen: Mapping[tuple[str, Subject], Seen],
    company: Mapping[tuple[str, str], Linked],
    details: Details,
    registry: Registry,
) -> list[str]:
    features = {f.name: f for f in registry if f.own or f.name in SAID}
    columns = ("account_id", "feature", "value", "peer_median", "text")
    return [
        text
        if name not in features or value is None
        else _sentence(features[name], value, median, account, seen, company, details)
        for account, name, value, median, text in reasons.select(columns).iter_rows()
    ]


def _sentence(
    feature: Feature,
    value: float,
    median: float | None,
    account: str,
    seen: Mapping[tuple[str, Subject], Seen],
    company: Mapping[tuple[str, str], Linked],
    details: Details,
) -> str:
    finding = SAID.get(feature.name) or _general(feature)
    counted = None if finding.subject is None else seen.get((account, finding.subject))
    linked = company.get((account, feature.name), NOBODY)
    detail = details.get((account, feature.name))
    return sentence(
        finding, feature.unit, feature.direction, value, median, counted, linked, detail
    )


def _general(feature: Feature) -> Finding:
    """Of a column of one's own, whatever its docstring says, and the value."""
    said = visible(feature.sentence).rstrip(".").replace("{", "{{").replace("}", "}}")
    return Finding(f"{said}: {{value}}")
