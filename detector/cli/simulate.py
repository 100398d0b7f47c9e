"""``simulate``: a synthetic log folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from detector.cli import options, show

# Named here so that --help need not load the worlds; a test compares them.
PRESET_NAMES: Final = (
    "standard", "volume_matched", "public_cases", "clean", "no_access", "split5", "split20",
    "split100", "throttle", "mimic", "aged", "perfect_kyc", "poison", "ramp", "drift", "dirty",
)  # fmt: skip


def simulate(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="Log folder to write.", metavar="LOGS")],
    preset: Annotated[
        str, typer.Option(help=f"World to plant: {', '.join(PRESET_NAMES)}.", metavar="NAME")
    ] = "standard",
    accounts: Annotated[int, typer.Option(min=1, help="Accounts.", metavar="N")] = 2000,
    days: Annotated[int, typer.Option(min=1, help="Days.", metavar="N")] = 90,
    ranges: Annotated[
        str,
        typer.Option(help="Parameter ranges: dev, valid or test (disjoint).", metavar="NAME"),
    ] = "dev",
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Write a synthetic log folder.

    Innocent accounts and planted rings; the truth goes to LOGS.truth.parquet beside it,
    planted cases of law and policy to LOGS.policy_truth.parquet.
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
