"""Whose features change where templates are compared, and which templates are read for that."""

from __future__ import annotations

import polars as pl

from detector.pipeline.live.cutting import Scope
from detector.pipeline.live.weighing import Moment, declaring
from features.evidence import MAX_DEGREE
from features.population import Population
from features.templates import MOULD
from features.ties import Ids, of, union, unlike


def by_moulds(before: Population, now: Population, ids: Ids) -> Scope:
    """Scope of what compares templates; nobody but ``ids`` has other rows than before.

    Others feel who uses a template of theirs and what it declares, not how often it is used. Of
    a template that too many use, at both moments, they feel nothing. Who is reached is read whole,
    and of the others what they use of the same templates.
    """
    used = [of(moment.rollups["templates"], ids) for moment in (before, now)]
    was, is_ = (Moment(moment.rollups, moment.payers) for moment in (before, now))
    felt = pl.concat([unlike(*_users(used)), *_users(used, declaring(was, is_, ids))])
    others = _others(now, ids, felt.select(MOULD).unique())
    templates, reached = now.rollups["templates"], union(ids, others)
    own = [used[1], *([] if others.is_empty() else [of(templates, others)])]
    values = pl.concat([rows["value"] for rows in own]).unique()
    read = templates.filter(pl.col("value").is_in(values.implode()))
    return Scope(reached, union(reached, read), {"templates": read})


def _users(used: list[pl.DataFrame], ids: Ids | None = None) -> list[pl.DataFrame]:
    """Who uses which template at each moment, each two once."""
    some = used if ids is None else [of(rows, ids) for rows in used]
    return [rows.select("account_id", *MOULD).unique() for rows in some]


def _others(now: Population, ids: Ids, moulds: pl.DataFrame) -> Ids:
    """Who else uses templates, where that are few enough to be compared."""
    if moulds.is_empty():
        return ids.clear()
    templates = now.rollups["templates"]
    near = templates.filter(pl.col("value").is_in(moulds["value"].unique().implode()))
    users = near.join(moulds, on=MOULD, how="semi").select("account_id", *MOULD).unique()
    others = users.join(ids, on="account_id", how="anti")
    return union(others.filter(pl.len().over(MOULD) <= MAX_DEGREE))
