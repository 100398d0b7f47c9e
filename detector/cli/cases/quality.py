"""``cases quality``: how people judge, and what samples say of what is missed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli import show
from detector.cli.cases.acting import As, Cases, actor, opened

if TYPE_CHECKING:
    from detector.cases.measuring.exploring import Bounds, Explored
    from detector.cases.measuring.quality import Quality
    from detector.cases.measuring.ratios import Ratio

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def quality(
    ctx: typer.Context, as_json: AsJson = False, by: As = None, cases: Cases = None
) -> None:
    """Show how people judge: own figures, and for a lead or an auditor those of all.

    Whoever judges sees figures up to the end of last week. Of fewer than 30 a figure says little.
    """
    from detector.cases.measuring.exploring import explored_of
    from detector.cases.measuring.judged import shown_to

    now = datetime.now(UTC)
    with opened(ctx, cases) as store, store.reading() as connection:
        who = actor(ctx, connection, by)
        found = shown_to(connection, who, now)
        missed = explored_of(connection, now) if who.roles & {"lead", "auditor"} else None
    if as_json:
        show.print_json(_told(found, missed))
        return
    for one in found:
        typer.echo("\n".join(lines(one)))
    if missed is not None:
        typer.echo("\n".join(explored_lines(missed)))


def _told(found: list[Quality], missed: Explored | None) -> dict[str, Any]:
    return {
        "quality": [asdict(one) for one in found],
        "exploration": None if missed is None else asdict(missed),
    }


def lines(one: Quality) -> list[str]:
    """Figures of a person, or of all, a line each."""
    from detector.cases.measuring.quality import ALARMS
    from detector.terminal import safe_text

    few = set(one.too_few)
    head = "all" if one.person is None else safe_text(one.person)
    kappa = "-" if one.kappa is None else (
        f"{one.kappa.value:.2f} ({one.kappa.low:.2f} to {one.kappa.high:.2f})"
    )  # fmt: skip
    median = "-" if one.median_seconds is None else f"{one.median_seconds:.0f} s"
    rows = (
        ("agrees with the queue", _ratio(one.agreement), "agreement"),
        ("overrides", _ratio(one.override), "agreement"),
        ("pairs of one opinion", _ratio(one.pairs), "kappa"),
        ("kappa", kappa, "kappa"),
        ("median active time", f"{median} of {one.timed}", "median_seconds"),
        ("golden cases", _ratio(one.golden), "golden"),
        ("changed after reveal", _ratio(one.changed), "changed"),
        ("overturned on appeal", _ratio(one.overturned), "overturned"),
    )
    told = [f"  {name:<22}{text}{'  too few' if key in few else ''}" for name, text, key in rows]
    alarms = [f"  ALARM {name}: {ALARMS[name]}" for name in one.alarms]
    return [f"{head}: {one.judgements} first judgements", *told, *alarms]


def _ratio(one: Ratio) -> str:
    if one.share is None:
        return "-"
    return f"{one.k} of {one.n}, {one.share:.0%} ({one.low:.0%} to {one.high:.0%})"


def explored_lines(found: Explored) -> list[str]:
    """What samples say, a line a stratum, and of recall only where there is an answer."""
    told = ["exploration: accounts in no queue, the last year"]
    for one in found.sampled:
        bounds = found.missed.get(one.stratum)
        what = "nothing settled" if bounds is None else f"{_bounds(bounds)} proxies missed"
        told.append(
            f"  {one.stratum:<22}{one.proxies} of {one.settled} samples, "
            f"{one.undecided} undecided: {what}"
        )
    if found.inconclusive or found.recall is None:
        return [*told, "  recall                inconclusive"]
    recall = found.recall
    span = f"{recall.low:.0%} to {recall.high:.0%}"
    return [*told, f"  recall                {recall.value:.0%} ({span})"]


def _bounds(one: Bounds) -> str:
    return f"{one.value:.0f} ({one.low:.0f} to {one.high:.0f})"
