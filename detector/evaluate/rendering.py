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


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def _figures(result: Mapping[str, Any]) -> Table:
    title = (
        f"{result['accounts']} accounts, {result['rings']} rings, "
        f"the first {result['capacity']} of {result['cases']} cases"
    )
    table = _table(title, "figure", "value", "90 % interval")
    for key, label in _ROWS:
        table.add_row(label, _number(result.get(key)), _interval(result["ci90"].get(key)))
    return table


def _typologies(result: Mapping[str, Any]) -> Table:
    table = _table("Rings found by typology", "typology", "share", "rings")
    for typology, share in result["ring_recall_by_typology"].items():
        rings = str(result["rings_by_typology"][typology])
        table.add_row(_text(typology), _number(share), rings)
    return table


def _archetypes(result: Mapping[str, Any]) -> Table:
    title = "Innocent archetypes flagged most (review budget 1 % of accounts)"
    table = _table(title, "archetype", "flagged", "times base", "accounts")
    rows = result["flag_rate_by_archetype"].items()
    for name, row in sorted(rows, key=lambda item: (-item[1]["flag_rate"], item[0]))[:_FLAGGED]:
        ratio = _number(row["ratio"], 1)
        table.add_row(_text(name), _number(row["flag_rate"]), ratio, str(row["accounts"]))
    return table


def _number(value: float | None, places: int = 3) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _interval(pair: list[float] | None) -> str:
    return "" if pair is None else f"{pair[0]:.3f} to {pair[1]:.3f}"


def _text(value: str) -> str:
    """Keep markup and control characters of a label out of the terminal."""
    from rich.markup import escape

    return escape("".join(c if c.isprintable() else "�" for c in value)[:80])
