"""Abuse reports and indicators: right ones, wrong ones, and those that are over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from detector.simulate.leads.facts import ABSENT, INNOCENT, TRADE, Case, Leads
from detector.simulate.world import BENIGN, PROXY, World

_MANY: Final = 50
_FEW: Final = 8


@dataclass(frozen=True, slots=True)
class _Values:
    """Values that accounts are tied to: ``kind``, ``value_hash`` and the rows that share them."""

    frame: pl.DataFrame

    def one(self, rng: np.random.Generator, fewest: int, most: int, roles: set[int]) -> _Value:
        fits = self.frame.filter(
            pl.col("accounts").is_between(fewest, most), pl.col("roles").list.eval(
                pl.element().is_in(sorted(roles))).list.all(),
        )  # fmt: skip
        if fits.is_empty():
            return None
        row = fits.row(int(rng.integers(len(fits))), named=True)
        return row["kind"], row["value_hash"], row["rows"]


_Value = tuple[str, str, list[int]] | None


def plant_reports(world: World, links: pl.DataFrame, leads: Leads) -> None:
    """Plant reports by account and by value, and indicators."""
    rng, values = world.streams.of("abuse reports"), _values(world, links)
    _by_account(world, rng, leads)
    everybody = {0, 1, 2, 3}
    ours = values.one(rng, 2, _FEW, {PROXY})
    shared = values.one(rng, _MANY + 1, 10**9, everybody)
    wrong = values.one(rng, 1, 1, {BENIGN})
    _report(leads, world, ("hosting desk", "resold access", "high"), ours, "strong")
    _report(leads, world, ("mail desk", "spam", "high"), shared, "weak")
    _indicator(leads, world, ("exchange of providers", "relay", "medium"), ours, "medium",
               sharing="amber")  # fmt: skip
    _indicator(leads, world, ("quiet circle", "buyer's ring", "high"), ours, "strong",
               sharing="red")  # fmt: skip
    _indicator(leads, world, ("open feed", "proxy", "high"), shared, "weak", sharing="clear")
    _indicator(leads, world, ("old feed", "scanner", "high"), wrong, ABSENT, valid_to=-20.0)
    _indicator(leads, world, ("coarse feed", "proxy", "low"), wrong, "weak", sharing="green")
    unknown = ("tls_fingerprint", "00" * 8, [])
    _indicator(leads, world, ("open feed", "tool", "medium"), unknown, ABSENT, sharing="clear")


def _values(world: World, links: pl.DataFrame) -> _Values:
    place = pl.DataFrame({"account_id": world.ids, "row": np.arange(world.accounts),
                          "role": world.role})  # fmt: skip
    known = links.select("account_id", "kind", "value_hash").unique().join(place, on="account_id")
    return _Values(
        known.group_by("kind", "value_hash")
        .agg(rows=pl.col("row").sort(), roles=pl.col("role").unique(), accounts=pl.len())
        .sort("kind", "value_hash")
    )


def _by_account(world: World, rng: np.random.Generator, leads: Leads) -> None:
    """A ring reported rightly, innocents wrongly: open, rejected and withdrawn."""
    proxies, innocents = (np.flatnonzero(world.role == role) for role in (PROXY, BENIGN))
    some = rng.permutation(innocents)[:3].tolist()
    if len(proxies):
        ours = int(rng.permutation(proxies)[0])
        _named(world, leads, ("trust desk", "resold access", "R-1"), ours,
               [("open", "medium"), ("confirmed", "high")], "strong")  # fmt: skip
    told: tuple[tuple[str, list[tuple[str, str]], str], ...] = (
        ("R-2", [("open", "low")], "weak"),
        ("R-3", [("open", "high"), ("rejected", "high")], ABSENT),
        ("R-4", [("open", "medium"), ("withdrawn", "medium")], ABSENT),
    )
    for account, (number, words, strength) in zip(some, told, strict=True):
        _named(world, leads, ("web form", "scraping", number), account, words, strength)


def _named(
    world: World, leads: Leads, told: tuple[str, str, str], account: int,
    words: list[tuple[str, str]], strength: str,
) -> None:  # fmt: skip
    source, category, number = told
    for step, (status, confidence) in enumerate(words):
        leads.reports.append(
            {"day": 0.5 * world.days + 2 * step, "source": source, "category": category,
             "report_id": number, "account": account, "status": status, "confidence": confidence}
        )  # fmt: skip
    _expect(world, leads, "report", (source, category), account, strength, number)


def _report(
    leads: Leads, world: World, told: tuple[str, str, str], value: _Value, strength: str
) -> None:
    if value is None:
        return
    source, category, confidence = told
    kind, text, rows = value
    leads.reports.append(
        {"day": 0.6 * world.days, "source": source, "category": category, "status": "open",
         "indicator_kind": kind, "value_hash": text, "confidence": confidence}
    )  # fmt: skip
    for account in rows[:_FEW]:
        _expect(world, leads, "report by value", (source, category), account, strength)


def _indicator(
    leads: Leads, world: World, told: tuple[str, str, str], value: _Value, strength: str,
    **more: Any,
) -> None:  # fmt: skip
    if value is None:
        return
    source, category, confidence = told
    kind, text, rows = value
    leads.indicators.append(
        {"source": source, "kind": kind, "value_hash": text, "valid_from": -40.0,
         "valid_to": world.days + 60.0, "category": category, "confidence": confidence} | more
    )  # fmt: skip
    # What is shared under red is shown without its source and category.
    red = more.get("sharing") == "red"
    shown = ("indicator (red)", "not shown") if red else (source, category)
    for account in rows[:_FEW]:
        _expect(world, leads, "indicator", shown, account, strength)


def _expect(
    world: World, leads: Leads, shape: str, told: tuple[str, str], account: int, strength: str,
    number: str | None = None,
) -> None:  # fmt: skip
    kind = TRADE if world.role[account] == PROXY else INNOCENT
    leads.cases.append(
        Case(shape, kind, ": ".join(told), number, None, account, (strength,))
    )  # fmt: skip
