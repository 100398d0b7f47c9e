"""Plan what lane E reads of a world, when all else of it is written."""

from __future__ import annotations

import numpy as np
import polars as pl

from detector.simulate.books import Books
from detector.simulate.leads.facts import Leads
from detector.simulate.leads.innocents import plant_innocents
from detector.simulate.leads.planting import Planter
from detector.simulate.leads.public import plant_public
from detector.simulate.leads.reports import plant_reports
from detector.simulate.leads.used import used_in
from detector.simulate.leads.words import Buyers
from detector.simulate.plan import Plan
from detector.simulate.policy.facts import Policy
from detector.simulate.policy.pool import Innocents, innocents
from detector.simulate.records import holders, owner_rows
from detector.simulate.world import World


def plan_leads(
    world: World, plan: Plan, policy: Policy, books: Books, links: pl.DataFrame
) -> Leads:
    """Plan it from streams of its own: nothing that was drawn before moves.

    Parameters
    ----------
    links
        The table ``account_links``.
    """
    rng, leads = world.streams.of("notices"), Leads()
    planter = Planter(
        world, policy, _pool(world, plan, policy), used_in(world, plan, books), leads,
        Buyers(rng, world.seed), rng,
    )  # fmt: skip
    plant_public(planter)
    plant_innocents(planter)
    plant_reports(world, links, leads)
    return leads


def _pool(world: World, plan: Plan, policy: Policy) -> Innocents:
    """Innocents that are no case of law, in an order of their own."""
    pool = innocents(world, plan, holders(world), owner_rows(world))
    pool.order = world.streams.of("notice accounts").permutation(world.accounts).astype(np.int64)
    pool.used |= {case.account for case in policy.cases if case.account is not None}
    return pool
