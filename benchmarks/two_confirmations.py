"""What two confirmations of one ring do to the proxy queue.

    python benchmarks/two_confirmations.py /tmp/worlds/*-standard-82001

Each world is a log folder with its truth beside it (``FOLDER.truth.parquet``). A model is trained
as of some days before the end and scores the whole. Then the two best placed members of a planted
ring are confirmed, features and rings are made anew, and the same model scores again: printed is
who enters the proxy queue, how many of them are planted, and who leaves it beside the two; for
the first planted rings of each world, and added up by make.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import polars as pl

from detector.pipeline.prepare import Prepared, Stages, gather, prepare
from detector.pipeline.run import Asked, assess, choose, train
from detector.pipeline.scoring import assemble
from detector.pipeline.training import Trained
from detector.sources import read_logs
from features import linkage
from features.build import family_columns
from features.peers import PEER_COLUMNS


@dataclass(frozen=True)
class Change:
    """Accounts of the queue before two confirmations, that entered, and that left; of them right.

    Who was confirmed has not left: that is what confirming is for.
    """

    queue: int
    entered: int
    right: int
    left: int
    left_right: int


def confirm(prepared: Prepared, accounts: list[str]) -> Prepared:
    """The population once some accounts are confirmed, an hour before as-of."""
    rollups = prepared.rollups
    labels = rollups["labels"]
    more = pl.DataFrame(
        {
            "account_id": accounts,
            "decision": "confirmed_proxy",
            "decided_at": rollups.as_of - timedelta(hours=1),
        }
    ).cast({name: labels.schema[name] for name in ("decision", "decided_at")})
    frames = {**rollups.frames, "labels": pl.concat([labels, more], how="diagonal")}
    population = replace(prepared.population, rollups=replace(rollups, frames=frames))
    ids = prepared.table.select("account_id")
    # No other family reads decisions.
    table = prepared.table.with_columns(family_columns(linkage.FAMILY, population, ids))
    peers = pl.DataFrame(prepared.peers, schema=list(PEER_COLUMNS), orient="row")
    return gather(population, table, peers, Stages())


def scored(trained: Trained, prepared: Prepared) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores and rings by a model that stays as it is."""
    asked = Asked()
    case = choose(trained, prepared, asked).case
    return assemble(prepared, assess(case, prepared, asked))


def proxies(scores: pl.DataFrame) -> set[str]:
    """The accounts of the proxy queue."""
    return set(scores.filter(pl.col("queue") == "proxy")["account_id"])


def first_members(scores: pl.DataFrame, truth: pl.DataFrame) -> list[list[str]]:
    """The two members of each planted ring that rank best, best ring first."""
    placed = (
        truth.filter("is_proxy")
        .drop_nulls("ring_id")
        .select("account_id", planted="ring_id")
        .join(scores.select("account_id", "rank"), on="account_id")
        .sort("rank", "account_id")
    )
    rings = placed.group_by("planted", maintain_order=True).agg("account_id")
    return [ids[:2] for ids in rings["account_id"].to_list() if len(ids) >= 2]


def changes(
    trained: Trained, prepared: Prepared, truth: pl.DataFrame, most: int
) -> Iterator[Change]:
    """What confirming two members does, for each of the first planted rings on its own."""
    planted = set(truth.filter("is_proxy")["account_id"])
    scores, _ = scored(trained, prepared)
    before = proxies(scores)
    for chosen in first_members(scores, truth)[:most]:
        after = proxies(scored(trained, confirm(prepared, chosen))[0])
        entered, left = after - before, before - after - set(chosen)
        yield Change(
            len(before), len(entered), len(entered & planted), len(left), len(left & planted)
        )


def main() -> None:
    """Confirm and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("worlds", nargs="+", type=Path)
    parser.add_argument("--days", type=int, default=12, help="before the end a model is trained")
    parser.add_argument("--rings", type=int, default=5, help="of each world")
    options = parser.parse_args()
    makes: dict[str, list[Change]] = defaultdict(list)
    for folder in options.worlds:
        truth = pl.read_parquet(folder.with_name(f"{folder.name}.truth.parquet"))
        whole = prepare(read_logs(folder), None, Stages())
        when = whole.rollups.as_of - timedelta(days=options.days)
        trained = train(prepare(read_logs(folder, when), when, Stages()), Asked())
        for change in changes(trained, whole, truth, options.rings):
            print(f"{folder.name}: {change}", flush=True)
            makes[folder.name.partition("-")[0]].append(change)
    for make, found in makes.items():
        entered, right = sum(c.entered for c in found), sum(c.right for c in found)
        most = max(c.entered for c in found)
        left, lost = sum(c.left for c in found), sum(c.left_right for c in found)
        print(
            f"{make}: {len(found)} confirmations, {entered} enter (at most {most}), {right} right;"
            f" {left} leave, {lost} of them right"
        )


if __name__ == "__main__":
    main()
