"""``screen``: names of parties beside sanctions and export-control lists."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import options, show
from detector.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from detector.policy.lists import Lists

_COUNTRY: Final = re.compile("[A-Za-z]{2}")
_COLUMNS: Final = ("party_id", "name", "country", "address", "role")
#: Lists lie here, as `score` reads them.
_LISTS: Final = Path("lists")

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Names to look for.", metavar="NAME…", show_default=False),
]
Country = Annotated[
    str | None, typer.Option(help="Country of the names, two letters.", metavar="CC")
]
Address = Annotated[str | None, typer.Option(help="Address of the names.", metavar="TEXT")]
File = Annotated[
    Path | None,
    typer.Option(
        help="A CSV of parties instead: name, and any of party_id, country, address, role.",
        metavar="FILE",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Write the hits here, as Parquet.", metavar="FILE"),
]
ListFolder = Annotated[Path, typer.Option(help="Folder of lists.", metavar="DIR")]
AsOf = Annotated[
    str | None,
    typer.Option(help="Entries in force on this day (default: today).", metavar="D"),
]


def screen(
    ctx: typer.Context,
    names: Names = None,
    country: Country = None,
    address: Address = None,
    file: File = None,
    out: Out = None,
    lists: ListFolder = _LISTS,
    as_of: AsOf = None,
    json: options.Json = False,
) -> None:
    """Look for names on lists, and say how near each hit is and why.

    A hit is a reason to ask, never a finding: names are shared, and no name alone is a match.
    No hit says "not found in these lists", and no more.

    Examples
    --------
        enduse screen "Name of a company" --lists logs/lists
    """
    from detector.policy.law.listed import stale
    from detector.policy.lists import read_lists
    from detector.policy.lists.telling import need_entries
    from detector.policy.names.screen import screen as screened

    day = _day(as_of)
    settings = options.load(ctx)
    parties = _parties(names or [], country, address, file)
    held = read_lists(lists)
    need_entries(held, lists)
    refused = [file.sentence for file in held.refused]
    old = stale(held, day, settings.policy_list_days)
    _warn(refused, old)
    hits = screened(parties, held.entries, as_of=day)
    if out is not None:
        hits.write_parquet(out)
    elif json:
        lists_told = {"refused_lists": refused, "old_lists": old}
        show.print_json({"as_of": day.isoformat(), "hits": hits.to_dicts(), **lists_told})
    else:
        _print(hits, parties.height, held, day)


def _warn(refused: list[str], old: list[str]) -> None:
    for sentence in refused:
        show.notice(f"not screened against: {sentence}")
    for sentence in old:
        show.notice(f"nobody is clear: {sentence}")


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--as-of is a day such as 2026-03-31; found {text!r}") from error


def _parties(
    names: list[str], country: str | None, address: str | None, file: Path | None
) -> pl.DataFrame:
    import polars as pl

    if (file is None) == (not names):
        raise UsageError("give names, or --file with a CSV of parties; not both, not neither")
    if country is not None and not _COUNTRY.fullmatch(country):
        raise UsageError(
            f"--country is {country!r}, expected two letters of ISO 3166 such as CN or DE"
        )
    if file is None:
        rows = [(str(number), name, country, address, "name") for number, name in enumerate(names)]
        return pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
    try:
        read = pl.read_csv(file, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise UsageError(f"{file}: no CSV with a header ({error})") from error
    if "name" not in read.columns:
        raise UsageError(f"{file}: no column `name`; found {', '.join(read.columns)}")
    if "party_id" not in read.columns:
        read = read.with_row_index("party_id").with_columns(pl.col("party_id").cast(pl.String))
    missing = [pl.lit(None, pl.String).alias(name) for name in _COLUMNS if name not in read.columns]
    return read.with_columns(missing).select(_COLUMNS)


def _print(hits: pl.DataFrame, asked: int, held: Lists, day: date) -> None:
    from detector.policy.law.listed import holding
    from detector.words import plural

    if hits.is_empty():
        lists = ", ".join(holding(held, day)) or "no list"
        refused = plural(len(held.refused), "file")
        but = f"; {refused} could not be read, so nobody is clear" if held.refused else ""
        typer.echo(
            f"{plural(asked, 'name')}, none found in {lists} as in force on {day.isoformat()}; a "
            f"name that is not found is not cleared{but}"
        )
        return
    columns = ("name", "score", "band", "strength", "list", "listed as", "citation", "why")
    show.print_table(columns, map(_line, hits.iter_rows(named=True)), right=("score",))
    silent = asked - hits["party_id"].n_unique()
    if silent:
        typer.echo(f"{silent} of {plural(asked, 'name')} not found; that is not cleared")


def _line(hit: dict[str, Any]) -> tuple[object, ...]:
    alias, entry = hit["alias"], hit["entry_name"]
    called = entry if alias == entry else f"{alias} ({entry})"
    told = (hit[column] for column in ("name", "score", "band", "strength", "source"))
    return *told, called, hit["citation"] or "", _why(hit)


def _why(hit: dict[str, Any]) -> str:
    """The parts of a score in few words."""
    from detector.policy.names.explain import sentence

    return sentence(hit["parts"], hit["country_agrees"], hit["address_agrees"])
