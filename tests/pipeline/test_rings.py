"""Ring ids that last, and what is said of a ring."""

import polars as pl
import pytest

from detector.pipeline.rings import name_rings, publish_rings
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


def said(**told: object) -> list[str]:
    """The sentences about one ring."""
    edge = {"a": "a", "b": "b", "kind": "phone", "weight": 9.0}
    row = {
        "account_ids": ["a", "b"], "size": 2, "edges": [edge], "identifiers": 1,
        "signup_days": None, "evenness": 0.0, "tpp_hours": 0.0, "tokens": 0, "score": 0.5,
        "ring_id": "ring-1", **told,
    }  # fmt: skip
    schema = {"edges": RINGS_SCHEMA["edges"], "signup_days": pl.Float64}
    (notes,) = publish_rings(pl.DataFrame([row], schema_overrides=schema))["reasons"].to_list()
    return [note["text"] for note in notes]


def test_one_of_a_thing_is_said_as_one() -> None:
    assert said(signup_days=0.2, evenness=1.0, tokens=5) == [
        "2 accounts of no declared connection share 1 rare identifier (phone number).",
        "Half of them signed up within 1 day of their median sign-up.",
        "Their use is shared out equally (perfectly).",
    ]


def test_many_kinds_are_counted_and_coincidences_are_no_identifiers() -> None:
    kinds = ["tax_id", "phone", "email", "device", "address", "ip", "signup"]
    edges = [{"a": "a", "b": "b", "kind": kind, "weight": 1.0} for kind in kinds]
    (text,) = said(edges=edges, identifiers=1234, signup_days=15.0, evenness=0.9)
    assert text == (
        "2 accounts of no declared connection share 1,234 rare identifiers (postal address, "
        "device, e-mail address, network address and 2 more)."
    )


@pytest.mark.parametrize(("days", "words"), [(1.0, "1 day"), (1.1, "2 days"), (14.0, "14 days")])
def test_days_are_whole_and_never_too_few(days: float, words: str) -> None:
    assert f"within {words} of" in said(signup_days=days)[1]
