"""``decide``: a reviewer's decision about a case, into a file of decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from detector.cli import completing, options, show
from detector.errors import UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.deciding.deciding import Told
    from detector.deciding.outcomes import Outcome

_WIDTH: Final = 60
_POLICY: Final = (
    "Queue policy goes on asking: what a rule asks is settled in the table policy_decisions."
)
_VICTIM: Final = (
    "First help the holder: warn them through a channel known from before, with a victim's "
    "letter that accuses nobody, and have the credentials turned."
)

Case = Annotated[
    str,
    typer.Argument(
        help="Id of a ring or an account.",
        metavar="CASE",
        show_default=False,
        autocompletion=completing.case,
    ),
]
Word = Annotated[
    str,
    typer.Argument(
        help="confirmed_proxy, confirmed_victim, cleared or unresolved.",
        metavar="OUTCOME",
        show_default=False,
        autocompletion=completing.among(completing.OUTCOME_NAMES),
    ),
]
Reviewer = Annotated[str, typer.Option(help="Who decides.", metavar="NAME")]
Note = Annotated[str, typer.Option(help="Why: one line, for whoever asks later.")]
LabelsFile = Annotated[
    Path,
    typer.Option(
        help="File of the labels table to add to (.csv, .jsonl, .ndjson, .parquet); "
        "made where there is none.",
        metavar="FILE",
    ),
]
Also = Annotated[
    list[str] | None,
    typer.Option(
        help="A member to confirm too though little ties it, by the same note; repeatable.",
        metavar="ID",
    ),
]
Others = Annotated[
    str | None,
    typer.Option(
        help="Members with another outcome: ID=OUTCOME,ID=OUTCOME, or a CSV file with the "
        "columns account_id and decision.",
        metavar="FILE|ID=OUTCOME",
        show_default=False,
    ),
]
Expires = Annotated[
    int | None,
    typer.Option(min=30, max=400, help="Days that a clearing lasts (default 180).", metavar="DAYS"),
]
DecidedAt = Annotated[
    str | None,
    typer.Option(
        help="When it was decided, as an ISO 8601 time, UTC unless it names an offset "
        "(default: now).",
        metavar="TIME",
        show_default=False,
    ),
]
Overrule = Annotated[
    bool,
    typer.Option(
        "--overrule", help="Decide against another decision of the last 24 hours of FILE."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the rows and write nothing.")]


def decide(
    out: options.Out,
    case: Case,
    outcome: Word,
    reviewer: Reviewer,
    note: Note,
    labels: LabelsFile,
    also: Also = None,
    members: Others = None,
    expires: Expires = None,
    decided_at: DecidedAt = None,
    overrule: Overrule = False,
    dry_run: DryRun = False,
) -> None:
    r"""Record a decision about a ring or an account: signed rows of the labels table.

    Every member of a ring gets its row. Of a ring that is confirmed_proxy those in queue proxy or
    tied by two independent kinds of rare identifiers are confirmed; the others are unresolved
    unless --also or --members names them, and keep a decision that stands in FILE. Read the case
    first: enduse explain OUT ACCOUNT. A decision is a person's; nothing else is done.

    Examples
    --------
    Confirm a ring, in the labels of the log folder that is scored next:
        enduse decide out RING confirmed_proxy --labels logs/labels.csv \
            --reviewer ada --note "One card pays for all"
    See first what would be written:
        enduse decide out ACCOUNT cleared --labels logs/labels.csv \
            --reviewer ada --note "A known lab" --dry-run
    """
    now = datetime.now(UTC).replace(microsecond=0)
    time = _time(decided_at, now)
    from detector.deciding import named
    from detector.deciding.deciding import decide as decide_case
    from detector.deciding.outcomes import Asked, plain, word

    asked = Asked(
        word(outcome), plain(reviewer, "reviewer"), plain(note, "note"), time,
        also=tuple(also or ()), others=named.others(members), days=expires, overrule=overrule,
    )  # fmt: skip
    _print(decide_case(out, case, asked, labels, dry_run=dry_run), dry_run=dry_run)


def _time(given: str | None, now: datetime) -> datetime:
    """When it was decided; nobody decides ahead of the clock."""
    time = options.parse_time(given, "--decided-at") or now
    if time > now:
        raise UsageError(
            f"--decided-at is {time:%Y-%m-%d %H:%M:%S} UTC, which is still to come; expected a "
            "time that has passed"
        )
    return time.replace(microsecond=0)


def _print(told: Told, *, dry_run: bool) -> None:
    shown = safe_text(told.labels.name, limit=_WIDTH)
    if told.before.height:
        typer.echo(f"{shown} held about {'these accounts' if told.case.is_ring else 'it'}:")
        show.print_table(
            ("account", "decision", "decided (UTC)", "reviewer", "note"),
            [(row["account_id"], row["decision"], f"{row['decided_at']:%Y-%m-%d %H:%M}",
              row["reviewer"] or "nobody", row["note"] or "")
             for row in told.before.iter_rows(named=True)],
        )  # fmt: skip
    typer.echo(f"{_count(told)} {'would be written' if dry_run else 'written'} to {shown}")
    ends = {row["account_id"]: row["expires_at"] for row in told.rows}
    show.print_table(
        ("account", "decision", "until", "why this one"),
        [_cells(each, ends.get(each.member.account_id)) for each in told.outcomes],
    )
    for line in _said(told, dry_run=dry_run):
        typer.echo(line)
    if told.unread:
        show.notice(
            f"{told.unread:,} other rows of {shown} cannot be read, and are as they were; "
            "`enduse validate LOGS` says why"
        )


def _cells(each: Outcome, ends: datetime | None) -> tuple[str, str, str, str]:
    until = f"{ends:%Y-%m-%d}" if ends else ""
    return each.member.account_id, each.decision or "no row", until, each.why


def _count(told: Told) -> str:
    """How many rows there are, and of a ring how many of each word."""
    rows = f"{len(told.rows):,} {'row' if len(told.rows) == 1 else 'rows'}"
    words = Counter(row["decision"] for row in told.rows)
    each = ", ".join(f"{count:,} {name}" for name, count in words.most_common())
    return f"{rows} ({each})" if told.case.is_ring and words else rows


def _said(told: Told, *, dry_run: bool) -> Iterator[str]:
    """What is to be done next."""
    decided = {each.decision for each in told.outcomes}
    if told.case.is_ring and decided >= {"confirmed_proxy", "unresolved"}:
        yield (
            "Unresolved members stay where the score puts them. If you know more of one, decide "
            "again with --also ID (or --members ID=OUTCOME) and --overrule, and say so in --note."
        )
    if told.about_a_victim:
        yield _VICTIM
    if any(member.queue == "policy" for member in told.case.members):
        yield _POLICY
    if dry_run:
        yield "Nothing was written. Leave --dry-run out to write."
        return
    yield _next(told)


def _next(told: Told) -> str:
    at = f"{told.decided_at:%Y-%m-%d %H:%M:%S}"
    when = f"The decision counts in runs as of later than {at} UTC"
    if told.decided_at >= told.case.as_of:
        when += (
            f"; this one was as of {told.case.as_of:%Y-%m-%d %H:%M:%S}, and no run as of a "
            "time up to the decision sees it"
        )
    if told.logs is not None:
        return f"{when}. Next: enduse score {safe_text(told.logs)} --out OUT"
    return (
        f"{when}. Next: put the file into the log folder, as {_table(told.labels)} or into its "
        "folder labels/ beside other files of decisions, and score it again: enduse score LOGS "
        "--out OUT"
    )


def _table(path: Path) -> str:
    from detector.sources.listing import extension

    return f"labels.{extension(path.name)}"
