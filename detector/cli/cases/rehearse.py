"""``cases rehearse``: a team that knows the truth of a simulated world, and errs, reviews it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from detector.cli import options, show
from detector.cli.cases.acting import Cases, folder
from detector.errors import FindingsAbove, UsageError
from detector.terminal import safe_text

if TYPE_CHECKING:
    from detector.rehearsal.playing import Played
    from detector.rehearsal.telling import WeekTold
    from detector.rehearsal.world import World

_CASES: Final = (
    "week", "as of", "new", "closed", "left", "agree", "golden", "disputed", "asked", "granted",
)  # fmt: skip
_SETTLED: Final = ("week", "proxy", "victim", "cleared", "unresolved", "labels right", "rings")
_WORDS: Final = ("confirmed_proxy", "confirmed_victim", "cleared")

Preset = Annotated[
    str, typer.Option(help="World to make; see: enduse simulate --help.", metavar="NAME")
]
Accounts = Annotated[int, typer.Option(min=40, help="Its accounts.", metavar="N")]
Logs = Annotated[
    Path | None,
    typer.Option(
        help="Take this simulated world instead; it is copied.",
        metavar="LOGS",
        exists=True,
        file_okay=False,
    ),
]
Truth = Annotated[
    Path | None,
    typer.Option(help="Its truth.", metavar="TRUTH", exists=True, dir_okay=False),
]
Weeks = Annotated[int, typer.Option(min=1, max=52, help="Weeks of review.", metavar="N")]
Team = Annotated[int, typer.Option(min=2, max=8, help="Reviewers beside a lead.", metavar="N")]
Accuracy = Annotated[
    float, typer.Option(min=0, max=1, help="Share of their judgements that are right.")
]
AccuracyOf = Annotated[
    list[str] | None,
    typer.Option(
        help="Another share where this is true of the case: confirmed_proxy, "
        "confirmed_victim or cleared; may be repeated.",
        metavar="OUTCOME=SHARE",
    ),
]
Trainee = Annotated[
    str | None,
    typer.Option(
        help="Who is to learn: a share of the cases stays open for this person, and "
        "tells what is true once judged.",
        metavar="NAME",
        show_default=False,
    ),
]
Share = Annotated[
    float, typer.Option(min=0.02, max=1, help="Share of the cases left for the trainee.")
]


def rehearse(
    ctx: typer.Context,
    preset: Preset = "standard",
    accounts: Accounts = 2000,
    logs: Logs = None,
    truth: Truth = None,
    weeks: Weeks = 4,
    team: Team = 3,
    accuracy: Accuracy = 0.9,
    accuracy_of: AccuracyOf = None,
    trainee: Trainee = None,
    share: Share = 0.25,
    seed: options.Seed = None,
    cases: Cases = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Rehearse: a team of given accuracy reviews a simulated world, in a folder of its own.

    Each week the world is scored, its run taken in, and the team claims, judges, asks, disputes,
    drafts letters and decides appeals; what it settles is in the next week's logs as labels. The
    folder says that it is a rehearsal, and no label, export or pack leaves it.
    """
    place = folder(ctx, cases)
    settings = options.load(ctx, seed=seed)
    make, facts = _world(logs, truth, preset, accounts, weeks, settings.seed)
    from detector.cases.record.verify import verify_folder
    from detector.rehearsal.playing import Script, rehearse
    from detector.rehearsal.team import Skill

    skill = Skill(accuracy, _shares(accuracy_of))
    script = Script(weeks, team, skill, settings.seed, trainee, share)
    told = facts | {"weeks": weeks, "team": team, "accuracy": accuracy, "seed": settings.seed}
    with show.progress_bar() as progress, options.writing(place):
        played = rehearse(place, script, make, told, progress)
    verdict = verify_folder(place)
    if json:
        _as_json(place, played, len(verdict.findings))
    else:
        _tell(place, played, trainee)
    if verdict.findings:
        raise FindingsAbove(f"{len(verdict.findings)} findings; see: enduse cases verify")
    if not json:
        typer.echo(f"verify: {verdict.events} events, nothing found")


def _world(
    logs: Path | None, truth: Path | None, preset: str, accounts: int, weeks: int, seed: int
) -> tuple[Callable[[Path], World], dict[str, object]]:
    """What makes the world in the folder, and what the first event says of it."""
    from detector.rehearsal import world

    if (logs is None) != (truth is None):
        raise UsageError("a world is its logs and its truth: give both --logs and --truth")
    if logs is None or truth is None:
        told: dict[str, object] = {"preset": preset, "accounts": accounts}
        return lambda place: world.made(place, preset, accounts, weeks, seed), told
    return lambda place: world.copied(place, logs, truth), {"logs": logs.name}


def _shares(given: Sequence[str] | None) -> Mapping[str, float]:
    found = {}
    for one in given or ():
        outcome, _, text = one.partition("=")
        try:
            found[outcome] = float(text)
        except ValueError:
            raise UsageError(
                f"--accuracy-of {safe_text(one)} is no share; expected for example cleared=0.95"
            ) from None
    return found


def _as_json(place: Path, played: Played, findings: int) -> None:
    from detector.rehearsal.telling import as_plain

    show.print_json({
        "cases": str(place), "run": str(played.last_run), "findings": findings,
        "weeks": [as_plain(week) for week in played.weeks], "to_learn": list(played.to_learn),
    })  # fmt: skip


def _tell(place: Path, played: Played, trainee: str | None) -> None:
    typer.echo("Cases: those of counsel and of a trainee are not counted; golden cases are there "
               "when one is 90 days old; granted are appeals")  # fmt: skip
    show.print_table(_CASES, [_of_cases(week) for week in played.weeks], right=_CASES)
    typer.echo("Accounts settled in the week, right + wrong by the truth; what has left as labels "
               "against a holder, and planted rings in it")  # fmt: skip
    show.print_table(_SETTLED, [_settled(week) for week in played.weeks], right=_SETTLED)
    where = shlex.quote(str(place))
    if trainee is not None:
        typer.echo(f"{len(played.to_learn)} cases are left for {safe_text(trainee)} to learn on")
        typer.echo(f"password: enduse cases people password {shlex.quote(trainee)} --cases {where}")
    run = shlex.quote(str(played.last_run))
    typer.echo(f"pages:    enduse serve --results {run} --cases {where}")


def _of_cases(week: WeekTold) -> list[object]:
    return [
        week.week, f"{week.as_of:%Y-%m-%d}", week.new, week.closed, week.left, _of(week.agreed),
        _of(week.golden), week.disputes, week.asked, _of((week.granted, week.appeals)),
    ]  # fmt: skip


def _settled(week: WeekTold) -> list[object]:
    told = [f"{week.right.get(word, 0)} + {week.wrong.get(word, 0)}" for word in _WORDS]
    return [week.week, *told, week.unresolved, _of(week.labels), _of(week.rings)]


def _of(share: tuple[int, int]) -> str:
    return f"{share[0]} of {share[1]}" if share[1] else "-"
