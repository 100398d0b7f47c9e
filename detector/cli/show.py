"""What commands print: JSON, tables and notices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import typer

from detector.terminal import open_console, safe_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.results import Results

_REASON_WIDTH: Final = 160


def print_json(value: object) -> None:
    """Print `value` as JSON on stdout, ASCII only, so that no terminal obeys what is in it."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False, default=str))


def notice(sentence: str) -> None:
    """Print one sentence on stderr."""
    typer.echo(f"enduse: {safe_text(sentence, limit=2000)}", err=True)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()
) -> None:
    """Print a table on stdout; columns named in `right` are numbers."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in right else "left",
            no_wrap=column in right,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(safe_text(cell, limit=_REASON_WIDTH) for cell in row))
    open_console().print(table)


def count_rows(counts: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return the counts by table and outcome as plain numbers."""
    from detector.results.words import OUTCOMES

    return {
        table: {name: int(getattr(count, name)) for name in OUTCOMES}
        for table, count in counts.items()
    }


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None] | None]:
    """Yield a callback (stage, share done) that draws on stderr, or None without a terminal."""
    console = open_console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("starting", total=None)

        def advance(stage: str, share: float) -> None:
            bars.update(task, description=safe_text(stage, limit=60), completed=share, total=1.0)

        yield advance


_POLICY: Final = ("account_id", "rule", "outcome", "strength", "role", "party", "evidence")


def policy_rows(results: Results, top: int) -> list[dict[str, Any]]:
    """Return the first `top` rows of the policy queue, in its own order."""
    return results.policy.filter("queues").select(_POLICY).head(top).to_dicts()


def number(value: float | None, form: str) -> str:
    """Return `value` in the given format, or nothing for None."""
    return "" if value is None else format(value, form)
