"""Ring ids that last."""

import polars as pl

from detector.pipeline.rings import name_rings
from detector.results import RINGS_SCHEMA, SCORES_SCHEMA, TIMELINES_SCHEMA, Results


def rings(*members: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"account_ids": list(members)}, schema={"account_ids": pl.List(pl.String)})


def earlier(**members: list[str]) -> Results:
    rows = [{"ring_id": ring, "account_ids": accounts} for ring, accounts in members.items()]
    table = pl.DataFrame(rows, schema=RINGS_SCHEMA)
    empty = pl.DataFrame()
    return Results(SCORES_SCHEMA.to_frame(), table, empty, empty, TIMELINES_SCHEMA.to_frame(), {})


def test_a_ring_keeps_the_id_of_its_largest_overlap() -> None:
    previous = earlier(old=["a", "b", "c"], other=["d"])
    named = name_rings(rings(["a", "b", "d"], ["x", "y"]), previous)
    assert named[0] == "old"
    assert named[1].startswith("ring-")


def test_an_earlier_id_goes_to_one_ring_alone() -> None:
    previous = earlier(old=["a", "b", "c", "d", "e"])
    named = name_rings(rings(["a", "b"], ["c", "d", "e"]), previous).to_list()
    assert named[1] == "old"
    assert named[0] != "old"


def test_ids_depend_on_the_first_member_alone() -> None:
    one, two = name_rings(rings(["a", "b"]), None), name_rings(rings(["a", "z"]), None)
    assert one.to_list() == two.to_list()
    assert len(set(name_rings(rings(["a"], ["b"], ["c"]), None))) == 3
