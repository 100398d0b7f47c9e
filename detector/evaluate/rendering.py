"""A result of the judge as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

_ROWS: Final = (
    ("average_precision", "average precision"),
    ("auroc", "AUROC"),
    ("precision_at_capacity", "correct cases within capacity"),
    ("recall_at_capacity", "proxies in them"),
    ("ring_recall", "rings found"),
    ("ring_recall_linked", "  linked"),
    ("ring_recall_unlinked", "  unlinked"),
    ("ring_recall_single", "  single accounts"),
    ("precision_as_shown", "correct cases, as shown on the page"),
    ("ring_recall_as_shown", "rings found, as shown on the page"),
    ("reason_hit", "mechanism among the first three families"),
    ("victims_in_proxy_queue", "victims in the proxy queue"),
)
_FLAGGED: Final = 5


def render(result: Mapping[str, Any]) -> Group:
    """Lay out a result of ``evaluate`` or ``summarise`` for ``rich``."""
    from rich.console import Group

    return Group(_figures(result), _typologies(result), _archetypes(result))


def table(title: str, *columns: str) -> Table:
    """An empty table; all columns but the first are to the right."""
    from rich.table import Table

    shown = Table(title=title, title_justify="left")
    for at, column in enumerate(columns):
        shown.add_column(column, justify="left" if at == 0 else "right")
    return shown


def _figures(result: Mapping[str, Any]) -> Table:
    title = (
        f"{result['accounts']} accounts, {result['rings']} rings, "
        f"the first {result['capacity']} of {result['cases']} cases"
    )
    shown = table(title, "figure", "value", "90 % interval")
    for key, label in _ROWS:
        shown.add_row(label, number(result.get(key)), _interval(result["ci90"].get(key)))
    return shown


def _typologies(result: Mapping[str, Any]) -> Table:
    shown = table("Rings found by typology", "typology", "share", "rings")
    for typology, share in result["ring_recall_by_typology"].items():
        rings = str(result["rings_by_typology"][typology])
        shown.add_row(text(typology), number(share), rings)
    return shown


def _archetypes(result: Mapping[str, Any]) -> Table:
    title = "Innocent archetypes flagged most (review budget 1 % of accounts)"
    shown = table(title, "archetype", "flagged", "times base", "accounts")
    rows = result["flag_rate_by_archetype"].items()
    for name, row in sorted(rows, key=lambda item: (-item[1]["flag_rate"], item[0]))[:_FLAGGED]:
        ratio = number(row["ratio"], 1)
        shown.add_row(text(name), number(row["flag_rate"]), ratio, str(row["accounts"]))
    return shown


def number(value: float | None, places: int = 3) -> str:
    """A figure; a dash where there is none."""
    return "–" if value is None else f"{value:.{places}f}"


def _interval(pair: list[float] | None) -> str:
    return "" if pair is None else f"{pair[0]:.3f} to {pair[1]:.3f}"


def text(value: str) -> str:
    """Keep markup and control characters of a label out of the terminal."""
    from rich.markup import escape

    return escape("".join(c if c.isprintable() else "�" for c in value)[:80])
