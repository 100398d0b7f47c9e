"""What the shell offers while a command is typed; what cannot be read offers nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import typer

# Named here so that completion need not load the tables; a test compares them.
QUEUE_NAMES: Final = ("proxy", "victim", "policy", "other", "none")
OUTCOME_NAMES: Final = ("confirmed_proxy", "confirmed_victim", "cleared", "unresolved")
_SHIPPED: Final = Path(__file__).resolve().parent.parent / "priors"
_MOST: Final = 200
# A shell reads what it is offered: ids with anything else in them are typed by hand.
_HARMLESS: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+/-]{0,99}")


def among(names: Sequence[str]) -> Callable[[str], list[str]]:
    """Offer some of a few names."""

    def offer(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return offer


def prior(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the priors that ship, those of the model that was named, and none."""
    model = ctx.params.get("model")
    held = [] if model is None else _folders(Path(model) / "priors")
    return among(sorted({"none", *_folders(_SHIPPED), *held}))(incomplete)


def account(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer accounts of the results that were named, most suspicious first."""
    return _ids(ctx, (("scores.parquet", "account_id"),), incomplete)


def case(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer rings and accounts of the results that were named, most suspicious first."""
    tables = (("rings.parquet", "ring_id"), ("scores.parquet", "account_id"))
    return _ids(ctx, tables, incomplete)


def _ids(ctx: typer.Context, tables: Iterable[tuple[str, str]], incomplete: str) -> list[str]:
    out = ctx.params.get("out")
    if out is None:
        return []
    found = [
        one for file, column in tables for one in _column(Path(out) / file, column, incomplete)
    ]
    return [one for one in found if _HARMLESS.fullmatch(one)][:_MOST]


def _column(path: Path, column: str, incomplete: str) -> list[str]:
    """The first values of a column that begin so, in the order of the file: that of rank."""
    if not path.is_file():
        return []
    import polars as pl
    from polars.exceptions import PolarsError

    try:
        rows = pl.scan_parquet(path, glob=False).select(pl.col(column).cast(pl.String))
        mine = rows.filter(pl.col(column).str.starts_with(incomplete)).head(_MOST).collect()
    except (OSError, PolarsError):
        return []
    return list(mine[column])


def _folders(place: Path) -> list[str]:
    try:
        return [one.name for one in place.iterdir() if one.is_dir() and one.name[0] not in "._"]
    except OSError:
        return []
