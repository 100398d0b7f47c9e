"""Lane L alone: what rules, lists and owners say of a source, without a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from detector.errors import DataError
from detector.pipeline.run import Asked, known_to_lanes
from detector.policy.lane import Findings, Known
from detector.policy.law import lane_l
from detector.sources import Source
from features.build import all_accounts
from features.population import Population
from features.rollups import Sums, complete
from features.tables import TABLES


def check(
    source: Source,
    as_of: datetime | None,
    asked: Asked,
    supposing: Mapping[str, str] | None = None,
) -> Findings:
    """What lane L says of the accounts of a source.

    Parameters
    ----------
    supposing
        States of rules or packs to suppose, by id.

    Raises
    ------
    DataError
        Where the source cannot be read.
    PackError
        Where a policy pack is none.
    UsageError
        Where no rule or state is called so.
    """
    known = known_alone(source, as_of, asked)
    return lane_l(replace(known, packs=known.packs.supposing(supposing or {})))


def known_alone(source: Source, as_of: datetime | None, asked: Asked) -> Known:
    """What was known at as-of, with the rollups alone that lane L reads."""
    present = source.tables()
    if "accounts" not in present:
        raise DataError(
            f"the table 'accounts' is missing (found: {', '.join(present) or 'none'}); rules ask "
            "who holds an account"
        )
    moment, sums = as_of or source.as_of, Sums()
    for table in present:
        # Of who is seen nowhere no rule asks anything.
        if TABLES[table].population:
            sums.add(source.rollups(table, moment))
    rollups = complete(sums.whole(), present, moment, source.catalogue)
    accounts = all_accounts(Population.apart(rollups))["account_id"]
    return known_to_lanes(source, rollups, accounts, asked)
