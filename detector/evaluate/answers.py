"""The truth of a world by account: who is planted in which ring, and what the innocent are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from detector.evaluate.reading import Bools, check_met
from detector.evaluate.tables import Table, read_truth


@dataclass(frozen=True)
class Answers:
    """What is true of accounts.

    Attributes
    ----------
    rings
        The planted ring of each proxy; a proxy on its own is a ring of one, under its own id.
    kinds
        The archetype of each innocent account that has one.
    table
        The whole truth, as `read_truth` gives it.
    """

    rings: Mapping[str, str]
    kinds: Mapping[str, str]
    table: pl.DataFrame

    @classmethod
    def of(cls, truth: Table) -> Answers:
        """Read the truth of a world.

        Raises
        ------
        DataError
            Where it is none.
        """
        told = read_truth(truth)
        named = pl.when(pl.col("true_ring") != "").then("true_ring")
        proxies = told.filter("proxy").select("account_id", pl.coalesce(named, "account_id"))
        innocent = told.filter(~pl.col("proxy"), pl.col("role") == "benign")
        kinds = innocent.select("account_id", "archetype").drop_nulls()
        return cls(dict(proxies.iter_rows()), dict(kinds.iter_rows()), told)

    def planted(self, accounts: pl.Series) -> Bools:
        """Which accounts of a population are proxies.

        Raises
        ------
        DataError
            Where the truth is of other accounts.
        """
        check_met(accounts.to_frame("account_id"), self.table)
        return accounts.is_in(list(self.rings)).to_numpy()
