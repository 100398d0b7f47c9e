"""Weeks of review as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from detector.evaluate.rendering import number, table, text

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table


def render_weeks(result: Mapping[str, Any]) -> Group:
    """Lay out a result of ``evaluate_weeks`` for ``rich``."""
    from rich.console import Group

    ways = {name.replace("_", " "): way for name, way in result["ways"].items()}
    return Group(_by_week(result, ways), _exposure(ways), _kinds(ways))


def _by_week(result: Mapping[str, Any], ways: Mapping[str, Any]) -> Table:
    title = (
        f"{result['capacity']} cases a week, {result['accuracy']:.0%} of decisions right, "
        f"{result['rings']} planted rings; sums up to each week"
    )
    shown = table(title, "way", "week of", "cases", "right", "rings", "AUROC held out", "learnt")
    for name, way in ways.items():
        for week in way["weeks"]:
            sums = (str(week[key]) for key in ("reviewed", "right", "rings"))
            held = f"{number(week['auroc_before'])} → {number(week['auroc_after'])}"
            learnt = "" if name != "learning" else "refused" if week["refused"] else "yes"
            shown.add_row(name, week["as_of"][:10], *sums, held, learnt)
    return shown


def _exposure(ways: Mapping[str, Any]) -> Table:
    title = "Planted rings from their first activity to their confirmation, or to the end"
    shown = table(title, "way", "confirmed", "of rings", "mean days", "TPP-hours", "tokens")
    rows = {name: (way["exposure"], str(way["exposure"]["found"])) for name, way in ways.items()}
    rows["nobody looks"] = (next(iter(ways.values()))["exposure"]["unreviewed"], "0")
    for name, (used, found) in rows.items():
        hours, tokens = f"{used['tpp_hours']:.3g}", f"{used['tokens']:.3g}"
        shown.add_row(name, found, str(used["rings"]), number(used["mean_days"], 1), hours, tokens)
    return shown


def _kinds(ways: Mapping[str, Any]) -> Table:
    title = "Innocent kind that most exceeds its share of accounts in the first 1 % of the list"
    shown = table(
        title, "way", "decisions", "times its share", "by chance", "flagged", "cases", "accounts",
        "kind",
    )  # fmt: skip
    for name, way in ways.items():
        for when, told in way["innocent_kinds"].items():
            worst = told and told["worst"]
            if not worst:
                continue
            counts = (str(worst[key]) for key in ("flagged", "cases", "accounts"))
            shown.add_row(
                name, {"before": "none"}.get(when, "two weeks"), number(worst["times"], 1),
                number(told["by_chance"], 1), *counts, text(worst["kind"]),
            )  # fmt: skip
    return shown
