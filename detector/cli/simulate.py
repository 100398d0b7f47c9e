"""``simulate``: a synthetic log folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from detector.cli import completing, options, show
from detector.cli.commands import INPUT, OUTPUT

# Named here so that --help need not load the worlds; a test compares them.
PRESET_NAMES: Final = (
    "standard", "volume_matched", "public_cases", "clean", "no_access", "split5", "split20",
    "split100", "throttle", "mimic", "aged", "perfect_kyc", "poison", "ramp", "drift", "dirty",
)  # fmt: skip


def simulate(
    ctx: typer.Context,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="Log folder to write.", metavar="LOGS", rich_help_panel=OUTPUT
        ),
    ],
    preset: Annotated[
        str,
        typer.Option(
            help=f"World to plant: {', '.join(PRESET_NAMES)}.",
            metavar="NAME",
            rich_help_panel=INPUT,
            autocompletion=completing.among(PRESET_NAMES),
        ),
    ] = "standard",
    accounts: Annotated[
        int, typer.Option(min=1, help="Accounts.", metavar="N", rich_help_panel=INPUT)
    ] = 2000,
    days: Annotated[
        int, typer.Option(min=1, help="Days.", metavar="N", rich_help_panel=INPUT)
    ] = 90,
    ranges: Annotated[
        str,
        typer.Option(
            help="Parameter ranges: dev, valid or test (disjoint).",
            metavar="NAME",
            rich_help_panel=INPUT,
            autocompletion=completing.among(("dev", "valid", "test")),
        ),
    ] = "dev",
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Write a synthetic log folder.

    Innocent accounts and planted rings; the truth goes to LOGS.truth.parquet beside it,
    planted cases of law and policy to LOGS.policy_truth.parquet.

    Examples
    --------
    A world to try things on, with its truth beside it:
        enduse simulate -o demo --accounts 2000 --days 60
    Evaluate what is found in a harder one:
        enduse simulate --preset mimic --seed 7 -o mimic
        enduse score mimic -o out
        enduse evaluate out/scores.parquet mimic.truth.parquet
    """
    settings = options.load(ctx, seed=seed)
    from detector.simulate import simulate as make_world

    with show.progress_bar() as progress, options.writing(out):
        truth = make_world(
            preset, accounts, days, settings.seed, out, ranges=ranges, progress=progress
        )
    if json:
        show.print_json({"logs": str(out), "truth": str(truth), "seed": settings.seed})
    else:
        typer.echo(
            f"{out}: {accounts} accounts, {days} days, seed {settings.seed}; truth in {truth}"
        )
