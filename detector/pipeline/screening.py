"""How the parties of a source are screened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from detector.policy.names.screen import screen
from detector.sources import Source


def screener(
    _source: Source, entries: pl.DataFrame, as_of: date
) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Give what screens parties against entries: in full."""
    return lambda parties: screen(parties, entries, as_of=as_of)
