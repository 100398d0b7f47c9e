"""The first screen: which cases stand in which queue, why, what was not seen, and what to do."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.cli.caserows import Numbered, Row, case_rows, highest, law_rows, numbered, parted
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.dossier import CaseKey
    from detector.results import Results

#: Cases of queue policy that are shown; they have a list of their own.
LAW_SHOWN: Final = 5
#: Accounts that are shown where no queue holds any.
INSTEAD: Final = 5
#: No line of the screen is longer than this, however wide the terminal.
WIDEST: Final = 120
_ID: Final = 400
_LABELS: Final = "labels.csv"
#: Files of decisions that ``decide`` adds to.
_GROWS: Final = (".csv", ".jsonl", ".ndjson", ".parquet")
_REASON: Final = 400
_MARK: Final = 4
_LANES: Final = {"L": "law and policy", "E": "outside evidence"}
_MEANS: Final = {
    "proxy": "possible access by proxy", "victim": "the holder is likely injured",
    "other": "other abuse", "policy": "a rule or a notice asks", "none": "not for review",
}  # fmt: skip
_HEADS: Final = ("case", "accounts", "queue", "type", "change")


def table(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Cases, a line or two and a reason each; no id goes over two lines.

    The typology is named where there is room; where a line is too long for the columns, the id
    has one of its own.
    """
    from detector.layout import folded, middle, padded

    if not rows:
        return
    mark = _mark(rows)
    cells = [_cells(row, named=True) for row in rows]
    wide = _wide(cells)
    if _long(wide, mark) > width:
        cells = [_cells(row, named=False) for row in rows]
        wide = _wide(cells)
    in_line = _long(wide, mark) <= width
    if in_line:
        yield _line("#", _HEADS, mark, wide)
    for row, told in zip(rows, cells, strict=True):
        if in_line:
            yield _line(_number(row), told, mark, wide)
        else:
            yield f"{padded(_number(row), mark - 2, right=True)}  {middle(told[0], width - mark)}"
            yield from _set_in(folded(", ".join(filter(None, _spoken(row))), width - mark), mark)
        yield from _set_in(folded(safe_text(row["reason"], limit=_REASON), width - mark), mark)


def _mark(rows: Sequence[Row]) -> int:
    """Columns of the number before a case, with the gap behind it."""
    return max(_MARK, *(len(_number(row)) + 2 for row in rows))


def _number(row: Row) -> str:
    return "–" if row["number"] is None else f"{row['number']:,}"


def _wide(cells: Sequence[tuple[str, ...]]) -> list[int]:
    """The width of each column; nothing where all its cells are empty."""
    from rich.cells import cell_len

    return [max(cell_len(head), *(cell_len(row[at]) for row in cells))
            if any(row[at] for row in cells) else 0
            for at, head in enumerate(_HEADS)]  # fmt: skip


def _long(wide: Sequence[int], mark: int) -> int:
    return mark - 2 + sum(room + 2 for room in wide if room)


def _line(number: str, cells: Sequence[str], mark: int, wide: Sequence[int]) -> str:
    from detector.layout import padded

    words = [padded(cell, room) for cell, room in zip(cells, wide, strict=True) if room]
    return "  ".join([padded(number, mark - 2, right=True), *words]).rstrip()


def _set_in(lines: Sequence[str], indent: int) -> Iterator[str]:
    yield from (" " * indent + line for line in lines)


def _cells(row: Row, *, named: bool) -> tuple[str, ...]:
    from detector.typologies import TYPOLOGIES

    several = row["accounts"] > 1
    typology = TYPOLOGIES.get(row["typology"] or "")
    name = f" {typology.name}" if named and typology else ""
    return (
        safe_text(row["case"], limit=_ID),
        f"{row['accounts']:,}, {row['queued']:,} queued" if several else "1",
        row["queue"], f"{row['typology'] or ''}{name}", row["change"] or "",
    )  # fmt: skip


def _spoken(row: Row) -> tuple[str, ...]:
    from detector.words import plural

    accounts = plural(row["accounts"], "account")
    queued = f", {row['queued']:,} of them queued" if row["accounts"] > 1 else ""
    queue = "in no queue" if row["queue"] == "none" else f"queue {row['queue']}"
    return accounts + queued, queue, row["typology"] or "", row["change"] or ""


def asked_table(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Cases of queue policy, each with what is asked of it, on one line where that fits."""
    from rich.cells import cell_len

    from detector.layout import folded, middle, padded

    mark = _mark(rows) if rows else 0
    for row in rows:
        case, reason = safe_text(row["case"], limit=_ID), safe_text(row["reason"], limit=_REASON)
        number = padded(_number(row), mark - 2, right=True)
        if mark + cell_len(case) + 2 + cell_len(reason) <= width:
            yield f"{number}  {case}  {reason}"
        else:
            yield f"{number}  {middle(case, width - mark)}"
            yield from _set_in(folded(reason, width - mark), mark)


def shortened(rows: Sequence[Row], width: int) -> bool:
    """Whether an id had to be shortened even on a line of its own."""
    from rich.cells import cell_len

    return any(cell_len(safe_text(row["case"], limit=_ID)) > width - _MARK for row in rows)


def totals(results: Results, keys: Sequence[CaseKey], width: int) -> Iterator[str]:
    """Cases and accounts by queue."""
    from detector.words import plural

    yield f"{plural(results.run.accounts.total, 'account')}"
    accounts = results.run.accounts
    rows = [("queue", "cases", "accounts", "")]
    for queue in (name for name in _MEANS if name in accounts.queues):
        count = accounts.queues[queue]
        cases = sum(key.queue == queue for key in keys)
        rows.append((queue, "" if queue == "none" else f"{cases:,}", f"{count:,}", _MEANS[queue]))
    wide = [max(len(row[at]) for row in rows) for at in range(4)]
    told = 2 + sum(wide) + 6 <= width
    for name, cases_, count_, means in rows:
        line = f"  {name:{wide[0]}}  {cases_:>{wide[1]}}  {count_:>{wide[2]}}"
        yield f"{line}  {means if told else ''}".rstrip()


def law(results: Results) -> str:
    """How many accounts rules and public notices ask about; empty where none."""
    from detector.words import plural

    asked = results.policy.filter("queues")["account_id"].n_unique()
    noticed = results.leads.filter("queues")["account_id"].n_unique()
    parts = [f"rules ask about {plural(asked, 'account')}"] if asked else []
    parts += [f"public notices about {plural(noticed, 'account')}"] if noticed else []
    if not parts:
        return ""
    return (
        f"Law and policy: {' and '.join(parts)}. A match or an inquiry asks a person; it is no "
        "verdict, and no step is taken."
    )


def unseen(results: Results) -> Iterator[str]:
    """What did not run, what was not there and what is old, a sentence each."""
    from detector.words import listing, plural

    run = results.run
    for lane, about in _LANES.items():
        if not run.lanes.get(lane):
            yield f"Lane {lane} ({about}) did not run: its silence clears nobody."
    if run.missing_tables:
        one = len(run.missing_tables) == 1
        names = listing([safe_text(name, limit=40) for name in run.missing_tables], 13)
        yield f"No table {names}: what {'it tells' if one else 'they tell'} was not seen."
    bad = sum(counts.quarantined for counts in run.counts.values())
    if bad:
        yield f"{plural(bad, 'row')} in quarantine: they do not count (quarantine.parquet)."
    aside = sum(file.aside for file in run.unread)
    if aside:
        yield f"{plural(aside, 'file')} could not be read: what they hold was not seen."
    if run.policy is not None:
        from detector.cli.policy_told import lists_lacking

        for sentence in lists_lacking(run.policy):
            yield f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}."


def more(results: Results) -> Iterator[str]:
    """What else the run found, a sentence each: follow-up lists and public notices."""
    from detector.words import plural

    run = results.run
    if like := sum(run.followups.values()):
        yield (
            f"{plural(like, 'open account')} like {plural(len(run.followups), 'confirmed case')}: "
            "follow-up lists in the report."
        )
    if run.evidence is not None and run.evidence.notices:
        strong, medium = (run.evidence.leads.get(word, 0) for word in ("strong", "medium"))
        yield (
            f"{plural(run.evidence.notices, 'public notice')}, of which {strong:,} strong and "
            f"{medium:,} medium leads; a lead is a question, never a verdict."
        )


def next_steps(
    results: Results, out: Path, report: Path, first: Row | None, labels: str, width: int
) -> Iterator[str]:
    """What to do now: commands that can be pasted, with real ids and paths."""
    from detector.layout import command, listed

    folder = safe_text(shlex.quote(str(out)))
    if first is not None:
        case = safe_text(shlex.quote(first["case"]))
        yield f"  Why {'case 1' if first['number'] == 1 else 'the first'} stands there:"
        yield from command(["enduse", "explain", folder, case], width)
    yield "  All cases, in a browser and offline:"
    yield from command([safe_text(report)], width)
    if first is not None and first["number"] is not None:
        yield from listed("", ["Decide it (confirmed_proxy, confirmed_victim, cleared or "
                               "unresolved):"], width)  # fmt: skip
        words = ["enduse", "decide", folder, case, "OUTCOME", "--reviewer", "NAME"]
        yield from command(
            [*words, "--note", "WHY", "--labels", safe_text(shlex.quote(labels))], width
        )
    if results.policy.filter("queues").height:
        yield "  All that rules and notices ask:"
        yield from command(["enduse", "policy", "check", folder], width)
    if results.leads.height:
        yield from command(["enduse", "leads", folder], width)


def labels_of(results: Results, logs: str | None) -> str:
    """Where decisions of these logs go: the file of them that was read, else one beside it."""
    from detector.sources.address import is_address

    if logs is None or is_address(logs):
        return _LABELS
    read = [file.path for file in results.run.inputs if file.table == "labels"]
    known = [name for name in read if Path(name).suffix in _GROWS]
    if read and not known:
        return _LABELS
    return str(Path(logs) / (known[0] if known else _LABELS))


def page(
    results: Results, top: int, out: Path, report: Path, width: int, logs: str | None = None
) -> str:
    """The whole screen, in lines of at most `width` columns; commands and paths stay whole."""
    from detector.cli import week_told

    width = min(width, WIDEST)
    cases = numbered(results)
    mine, asked = parted(cases)
    shown = mine[:top] if mine else highest(results, min(top, INSTEAD))
    rows = case_rows(results, shown)
    first = rows[0] if rows else None
    parts = (
        _first_cases(results, rows, mine, top, width),
        _asked_for(results, asked[: min(top, LAW_SHOWN)], width),
        totals(results, [key for _, key in cases], width),
        _paragraphs(counted(results), width),
        _paragraphs(_sentences(week_told.lines(results)), width),
        _under("What was not seen", unseen(results), width),
        [
            "What to do next",
            *next_steps(results, out, report, first, labels_of(results, logs), width),
        ],
    )
    sections = ("\n".join(lines) for lines in parts)
    return "\n\n".join(section for section in sections if section)


def _paragraphs(sentences: Iterable[str], width: int) -> Iterator[str]:
    from detector.layout import folded

    for sentence in sentences:
        yield from folded(sentence, width)


def _sentences(lines: Iterable[str]) -> Iterator[str]:
    """Lines as sentences: with a capital, and a full stop."""
    yield from (f"{line[:1].upper()}{line[1:].rstrip('.')}." for line in lines)


def _under(title: str, sentences: Iterable[str], width: int) -> Iterator[str]:
    from detector.layout import listed

    found = list(sentences)
    yield from listed(title, found, width) if found else ()


def _first_cases(
    results: Results, rows: Sequence[Row], mine: Sequence[Numbered], top: int, width: int
) -> Iterator[str]:
    """The cases that behaviour asks for, or what ranks highest where there is none."""
    from detector.words import plural

    cases = len(mine)
    if not cases and rows:
        yield from _paragraphs([_nobody(results)], width)
    yield from table(rows, width)
    if skipped := _between(rows):
        note = f"# counts all cases; {skipped} are of queue policy, below."
        yield from _paragraphs([note], width)
    if 0 < top < cases:
        left = f"And {plural(cases - top, 'more case')}: --top {cases}, or the report."
        yield from _paragraphs([left], width)
    if shortened(rows, width):
        note = "Ids with “…” are whole in scores.parquet and with --json."
        yield from _paragraphs([note], width)


def _between(rows: Sequence[Row]) -> str:
    """The numbers between those of the rows: of cases that lanes beside behaviour ask about."""
    numbers = [row["number"] for row in rows if row["number"] is not None]
    gap = sorted(set(range(1, max(numbers, default=0))) - set(numbers))
    if not gap:
        return ""
    return f"{gap[0]:,}" if len(gap) == 1 else f"{gap[0]:,} to {gap[-1]:,}"


def _asked_for(results: Results, asked: Sequence[Numbered], width: int) -> Iterator[str]:
    """What lanes beside behaviour ask, in one line, and the first cases of it."""
    if said := law(results):
        yield from _paragraphs([said], width)
        yield from asked_table(law_rows(results, asked), width)


def _nobody(results: Results) -> str:
    return (
        f"No account is in a queue by its behaviour: that takes a p-value of at most "
        f"{results.run.alpha} and two kinds of evidence. The highest ranked are:"
    )


def counted(results: Results) -> Iterator[str]:
    """What the numbers mean, beside chance and the records read."""
    from detector.words import plural

    run = results.run
    if run.chance is not None:
        yield f"{run.chance.sentence}."
    yield from more(results)
    read = sum(counts.read for counts in run.counts.values())
    bad = sum(counts.quarantined for counts in run.counts.values())
    yield f"{plural(read, 'row')} read, {bad:,} in quarantine."
