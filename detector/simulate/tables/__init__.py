"""Writers of the tables: traits and day rows to the shapes of the data contract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from detector.simulate.books import Books
from detector.simulate.leads.planning import plan_leads
from detector.simulate.matching import match_volume
from detector.simulate.plan import make_plan
from detector.simulate.policy.planning import plan_policy
from detector.simulate.tables import (
    customers,
    events,
    model_usage,
    outside,
    payments,
    policy,
    telemetry,
    usage,
)  # fmt: skip
from detector.simulate.tables.dirt import Dirt
from detector.simulate.tables.folder import Folder, write_parquet
from detector.simulate.truth import truth_of
from detector.simulate.world import World


def write_world(world: World, out: Path, layout: str, report: Callable[[str, float], None]) -> Path:
    """Write all tables, the truths and the books; return the truth file."""
    folder = Folder(out, layout, Dirt(world) if world.spec.dirty else None)
    report("plan", 0.0)
    plan = make_plan(world)
    if world.spec.match_volume:
        match_volume(world, plan)
    planned = plan_policy(world, plan)
    books = Books(world)
    weeks = range(0, world.days, 7)
    for number, first in enumerate(weeks):
        report("tables", number / len(weeks))
        last = min(first + 7, world.days)
        tokens = model_usage.write_week(world, plan, folder, books, first, last, planned.sold_as)
        usage.write_week(world, plan, folder, books, tokens, first, last)
        events.write_week(world, plan, folder, first, last)
        telemetry.write_week(world, plan, folder, first, last)
    report("customers", 0.0)
    links = customers.write(world, folder, planned)
    payments.write(world, folder, books)
    telemetry.write_inventory(world, plan, folder)
    leads = plan_leads(world, plan, planned, books, links)
    outside.write(world, folder, leads)
    policy.write(world, folder, planned)
    folder.finish()
    truth = out.with_name(out.name + ".truth.parquet")
    write_parquet(truth_of(world), truth)
    write_parquet(planned.truth(world.ids), out.with_name(out.name + ".policy_truth.parquet"))
    write_parquet(outside.truth(world, leads), out.with_name(out.name + ".leads_truth.parquet"))
    write_parquet(books.frame(), out.with_name(out.name + ".books.parquet"))
    report("done", 1.0)
    return truth
