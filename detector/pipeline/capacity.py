"""Which cases fit into what a team can review, and what waits."""

from __future__ import annotations

from dataclasses import replace

from detector.pipeline.week.places import review_order
from detector.results import Results
from detector.results.run import RunCapacity


def with_capacity(results: Results, cases: int | None) -> Results:
    """A run that says how many of its cases fit; scores and queues stay as they are."""
    if cases is None:
        return results
    names = review_names(results)
    told = RunCapacity(
        cases=cases,
        fit=min(cases, len(names)),
        waiting=max(0, len(names) - cases),
        first_waiting=names[cases] if cases < len(names) else None,
    )
    return replace(results, run=results.run.model_copy(update={"capacity": told}))


def fitting(results: Results) -> list[str]:
    """The cases that fit, in the order of the review; none where nobody asked."""
    told = results.run.get("capacity")
    return review_names(results)[: told["fit"]] if told else []


def review_names(results: Results) -> list[str]:
    """All cases of the review in order: ids of rings, and of accounts without one."""
    return [key.ring_id or key.lead_id for key in review_order(results)]
