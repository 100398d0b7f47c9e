"""What ``validate`` found, as a page for people: what counts, what does not, and what to do.

Text folds at the width of the terminal; nothing is ever cut off at its edge. Of the columns of
counts those stay out that are zero throughout, and on a narrow terminal each table has lines of
its own instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from detector.terminal import safe_text

_ALWAYS: Final = ("read", "ok")
_NAME: Final = 14
"""Columns that a table's name needs at least, beside the counts."""
_PATHS: Final = 3
_REASONS: Final = 20
_TEXT: Final = 600


def page(found: Mapping[str, Any], width: int, *, max_bad: float, opened: str = "LOGS") -> str:
    """Lay out what was found.

    Parameters
    ----------
    found
        ``tables``, ``as_of``, ``unread``, ``aside``, ``id_gaps``, ``quarantine``, ``warnings``,
        ``lists``, as ``validate --json`` prints them, and in ``noticed`` the warnings that no
        other part of the page tells of.
    width
        Columns of the terminal.
    max_bad
        Share of a table past which no run starts.
    opened
        How the next command names what was read.
    """
    passed = [u for u in found["unread"] if not u["aside"]]
    parts = [
        _section("Read", _read(found, width)),
        _section(f"Set aside: {_count(len(found['aside']), 'file')} that could not be read",
                 _grouped(found["aside"], width)),
        _section(f"Passed over: {_count(len(passed), 'file')}", _grouped(passed, width)),
        _section(f"In quarantine: {_count(_bad(found), 'row')}", _quarantine(found, width)),
        _section("Lists", _items(_of_lists(found.get("lists")), width)),
        _section("Ids that do not meet", _gaps(found["id_gaps"], width)),
        _section("Noticed", _items(found["noticed"], width)),
        _section("What to do", _items(_advice(found, passed, max_bad, opened), width)),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def _section(title: str, lines: Iterable[str]) -> str:
    body = list(lines)
    return "\n".join([title, *body]) if body else ""


def _read(found: Mapping[str, Any], width: int) -> Iterator[str]:
    tables: Mapping[str, Mapping[str, int]] = found["tables"]
    if found["as_of"] is None:
        # Not all was read: of a table that was not reached, nothing is known, and not zero rows.
        tables = {table: counts for table, counts in tables.items() if counts["read"]}
    outcomes = dict.fromkeys(name for counts in tables.values() for name in counts)
    shown = [o for o in outcomes if o in _ALWAYS or any(t[o] for t in tables.values())]
    wide = {o: max(len(o), *(len(f"{t[o]:,}") for t in tables.values())) for o in shown}
    room = width - 2 - sum(2 + wide[o] for o in shown)
    if tables and room >= _NAME:
        yield from _columns(tables, wide, min(room, max(map(len, [*tables, "table"]))))
    else:
        for table, counts in tables.items():
            told = ", ".join(f"{o} {counts[o]:,}" for o in shown if o in _ALWAYS or counts[o])
            yield from _item(f"{table}: {told}", width)
    if found["as_of"]:
        yield from _item(f"as of {found['as_of']}", width)


def _columns(
    tables: Mapping[str, Mapping[str, int]], wide: Mapping[str, int], room: int
) -> Iterator[str]:
    yield "  " + "table".ljust(room) + "".join(f"  {o:>{w}}" for o, w in wide.items())
    for table, counts in tables.items():
        name, *rest = _folded(table, room)
        yield "  " + name.ljust(room) + "".join(f"  {counts[o]:>{w},}" for o, w in wide.items())
        yield from (f"  {line}" for line in rest)


def _grouped(unread: Sequence[Mapping[str, Any]], width: int) -> Iterator[str]:
    """Files by the reason why they were not read, the first few of each."""
    paths: dict[str, list[str]] = {}
    for file in unread:
        paths.setdefault(file["reason"], []).append(file["path"])
    groups = sorted(paths.items(), key=lambda group: -len(group[1]))
    for reason, files in groups[:_REASONS]:
        if len(files) == 1:
            yield from _item(f"{files[0]}: {reason}", width)
            continue
        yield from _item(f"{_count(len(files), 'file')}: {reason}", width)
        for path in files[:_PATHS]:
            yield from _item(path, width, 6)
        if len(files) > _PATHS:
            yield f"      and {len(files) - _PATHS:,} more"
    if len(groups) > _REASONS:
        yield f"  and {_count(sum(len(f) for _, f in groups[_REASONS:]), 'more file')}"


def _quarantine(found: Mapping[str, Any], width: int) -> Iterator[str]:
    reasons = found["quarantine"]
    for why in reasons[:_REASONS]:
        column = f", {why['column']}" if why["column"] else ""
        yield from _item(
            f"{_count(why['rows'], 'row')} of {why['table']}{column}: {why['reason']}", width
        )
        first = "" if why["rows"] == 1 else "first "
        row = "" if why["row"] is None else f", row {why['row']}"
        yield from _item(f"{first}{why['file']}{row}", width, 6)
    if len(reasons) > _REASONS:
        yield f"  and {_count(len(reasons) - _REASONS, 'more reason')}; --json lists them"


def _gaps(gaps: Sequence[Mapping[str, Any]], width: int) -> Iterator[str]:
    yield from _items((gap["sentence"] for gap in gaps), width)


def _of_lists(lists: Mapping[str, Any] | None) -> Iterator[str]:
    """The restricted-party lists that were read, and what is wrong with the others."""
    from detector.policy.lists.telling import files_in_words, lines

    if lists is None:
        return
    yield from files_in_words(lists)
    yield from (f"refused: {file['sentence']}" for file in lists["refused"])
    yield from lines({**lists, "refused": ()})
    if not lists["files"] and not lists["refused"]:
        yield "the folder holds no list: nobody is screened"


def _advice(
    found: Mapping[str, Any], passed: Sequence[Any], max_bad: float, opened: str
) -> Iterator[str]:
    """What a person can do about each part of the page, the gravest first."""
    if not found["as_of"]:
        yield "Mend what the last line names first: not all was read."
    for table, counts in found["tables"].items():
        if counts["quarantined"] > max_bad * counts["read"]:
            share = f"{100 * counts['quarantined'] / counts['read']:.3g} %"
            yield (
                f"Mend the export of {table}: {share} of its rows are in quarantine, more than "
                f"--max-bad {100 * max_bad:g} %, so that nothing is scored."
            )
        elif counts["quarantined"]:
            one = counts["quarantined"] == 1
            rows, they = ("row", "it does") if one else ("rows", "they do")
            yield f"Mend the {rows} of {table} in quarantine: until then {they} not count."
    if found["aside"]:
        yield "Export anew, or move away, what was set aside: nothing in it counts."
    if (found.get("lists") or {}).get("refused"):
        yield "Download anew the lists that were refused: nobody is screened against them."
    if passed:
        yield "See that no file that was passed over holds data that you miss."
    if any(gap["warning"] for gap in found["id_gaps"]):
        yield "Write the ids of accounts alike in all exports: what does not meet is not compared."
    late = Counter({t: c["late"] for t, c in found["tables"].items()}).total()
    if late:
        yield (
            f"Check the dates of the {'late row' if late == 1 else 'late rows'}, or this machine's "
            "clock: what is late waits."
        )
    if found["as_of"] and not _stops(found, max_bad):
        yield f"Score it with: enduse score {opened} --out OUT"


def _stops(found: Mapping[str, Any], max_bad: float) -> bool:
    return any(c["quarantined"] > max_bad * c["read"] for c in found["tables"].values())


def _bad(found: Mapping[str, Any]) -> int:
    return sum(counts["quarantined"] for counts in found["tables"].values())


def _count(number: int, noun: str) -> str:
    from detector.words import plural

    return plural(number, noun)


def _items(sentences: Iterable[str], width: int) -> Iterator[str]:
    for sentence in sentences:
        yield from _item(sentence, width)


def _item(text: str, width: int, indent: int = 2) -> Iterator[str]:
    """One text of any length, its further lines set in by two."""
    lines = _folded(safe_text(text, limit=_TEXT), max(width - indent - 2, 20))
    for number, line in enumerate(lines):
        yield " " * (indent + 2 * (number > 0)) + line


def _folded(text: str, width: int) -> list[str]:
    # Help answers at once: what draws tables is loaded where something is drawn.
    from detector.layout import folded

    return folded(text, width)
