"""What accounts used in the trailing window.

Controlled computing by the class of that day, and models by seller and family.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from detector.policy.packs import Packs
from detector.policy.packs.products import Sold, covers, sold
from detector.policy.packs.shape import ChipRule, Naming, Rule
from detector.policy.rules import chip_class
from features.catalogue.formula import CONTROLLED
from features.grouping import compact
from features.rollups import Rollups
from features.totals import gpu_hours

_SHOWN: Final = 4


@dataclass(frozen=True)
class Use:
    """What accounts used.

    Attributes
    ----------
    compute
        ``account_id``, ``gpu_model``, ``gpu_hours`` of chips that were in a controlled class.
    models
        ``account_id``, ``seller``, ``family``, ``sure`` (the reading of the model's id was
        verified), one row each.
    accounts
        All accounts that are scored.
    """

    compute: pl.DataFrame
    models: pl.DataFrame
    accounts: pl.Series

    def of(self, rule: Rule) -> pl.DataFrame:
        """Accounts that a rule is about, once each: ``account_id``, ``used`` in words."""
        if rule.applies_to == "controlled_compute":
            return self._computed
        if rule.applies_to == "product":
            pairs = self.models.select("seller", "family").unique().sort("seller", "family")
            kept = [pair for pair in pairs.iter_rows() if covers(rule, *pair)]
            wanted = pl.DataFrame(kept, schema=pairs.schema, orient="row")
            used = self.models.join(wanted, on=["seller", "family"], how="semi")
            return _in_words(used, pl.format("{} at {}", "family", "seller"), self.accounts)
        nothing = pl.lit(None, dtype=pl.String)
        return self.accounts.to_frame("account_id").with_columns(used=nothing)

    def among(self, accounts: pl.Series) -> Use:
        """What some accounts used."""
        mine = pl.col("account_id").is_in(accounts.implode())
        return Use(self.compute.filter(mine), self.models.filter(mine), accounts)

    @cached_property
    def _computed(self) -> pl.DataFrame:
        """Who used chips of a controlled class: the same for every rule on computing."""
        return _in_words(self.compute, pl.col("gpu_model"), self.accounts)


def _in_words(used: pl.DataFrame, what: pl.Expr, accounts: pl.Series) -> pl.DataFrame:
    """Who used something, and the first few things by name."""
    words = used.select("account_id", used=what).unique().sort("account_id", "used")
    told = words.group_by("account_id", maintain_order=True).agg(
        pl.col("used").head(_SHOWN).str.join(", ")
    )
    return told.filter(pl.col("account_id").is_in(accounts.implode()))


def use_of(rollups: Rollups, packs: Packs, accounts: pl.Series) -> Use:
    """What accounts used in the window before as-of."""
    return Use(_compute(rollups, packs), _models(rollups, packs), accounts)


def _compute(rollups: Rollups, packs: Packs) -> pl.DataFrame:
    hours = rollups.of_pieces(
        lambda piece: gpu_hours(piece.window("usage"), ["account_id"]), "usage"
    ).sort("account_id", "gpu_model")
    classed = controlled(rollups, packs)
    return hours.filter(
        (pl.col("gpu_hours") > 0) & pl.col("gpu_model").is_in(classed.implode())
    )  # fmt: skip


def controlled(rollups: Rollups, packs: Packs) -> pl.Series:
    """GPU models of the catalogue that are in a controlled class on the day of as-of.

    By the formula of that day, as the pack of the class dates it; where no pack does, by that
    of the catalogue.
    """
    gpus = rollups.catalogue.gpus
    for pack, rule in packs.rules():
        if isinstance(rule, ChipRule):
            state = pack.state(rollups.as_of, rule.id)
            if state.form == "interconnect":
                speeds = {figure.gpu_model: figure.interconnect_gbs for figure in pack.figures}
                inside = [
                    row["gpu_model"]
                    for row in gpus.iter_rows(named=True)
                    if chip_class(
                        state.form, tpp=row["tpp"], interconnect_gbs=speeds.get(row["gpu_model"])
                    ) in CONTROLLED
                ]  # fmt: skip
                return pl.Series("gpu_model", inside, dtype=pl.String)
    return gpus.filter("controlled")["gpu_model"]


def _models(rollups: Rollups, packs: Packs) -> pl.DataFrame:
    """Products by account: from model use, and from what bills name."""
    called = rollups.of_pieces(_called, "model", "usage")
    namings = [naming for pack in packs for naming in pack.namings]
    known = pl.DataFrame(
        list(_read(called["name"].unique().sort(), namings)),
        schema={"name": pl.String, "seller": pl.String, "family": pl.String, "sure": pl.Boolean},
        orient="row",
    )
    return (
        called.join(known, on="name")
        .group_by("account_id", "seller", "family")
        .agg(pl.col("sure").any())
        .sort("account_id", "seller", "family")
    )


def _called(rollups: Rollups) -> pl.DataFrame:
    """``account_id`` and ``name`` of a model, as it was called or billed, each two once."""
    metered = rollups.window("model").select("account_id", name="model_id")
    billed = rollups.window("usage").select("account_id", name="model_hint")
    return compact(pl.concat([metered, billed]).drop_nulls("name").unique())


def _read(names: pl.Series, namings: list[Naming]) -> Iterator[tuple[str, str, str, bool]]:
    for name in names:
        found: Sold | None = sold(name, namings)
        if found is not None:
            yield name, found.seller, found.family, found.verified
