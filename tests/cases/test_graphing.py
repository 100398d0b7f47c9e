"""The graph of a case: every shared identifier in the table, a bounded drawing beside it."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.cases.showing import graphing
from detector.cases.showing.graphing import graph_json, graph_of
from detector.cases.showing.squares import put_together
from tests.cases.rings import case_of, edge, large, link, member

NAMES = [f"acct-{number}" for number in range(8)]
MEMBERS = [member(name, at + 1, "proxy" if at == 7 else "none") for at, name in enumerate(NAMES)]


def _shared(kind: str, value: str, *names: int, holders: int | None = None) -> list[dict]:
    return [link(NAMES[at], kind, value, holders or len(names), at) for at in names]


def test_the_table_has_each_identifier_that_two_accounts_share_the_rarest_first() -> None:
    links = [*_shared("ip", "net", *range(8), holders=900), *_shared("device", "d", 0, 1),
             *_shared("phone", "mine", 3), *_shared("payment", "p", 0, 1, 2)]  # fmt: skip
    ties = graph_of(case_of(MEMBERS, links, [])).ties
    assert [(tie.value, tie.members, tie.rare) for tie in ties] == [
        ("d", (0, 1), True), ("p", (0, 1, 2), True), ("net", tuple(range(8)), False),
    ]  # fmt: skip
    assert (ties[0].first, ties[0].last) == ("2026-02-01", "2026-02-12")


def test_a_line_says_kinds_values_bits_and_days_and_what_is_too_common_draws_none() -> None:
    links = [*_shared("ip", "net", *range(8), holders=900), *_shared("device", "d", 0, 1)]
    edges = [edge(NAMES[1], NAMES[0], "device", 9.5), edge(NAMES[0], NAMES[1], "signup", 2.0)]
    [line] = graph_of(case_of(MEMBERS, links, edges)).lines
    assert (line.a, line.b, line.kinds, line.weight) == (0, 1, ("device", "signup"), 11.5)
    assert (line.ties, line.first, line.last) == ((0,), "2026-02-01", "2026-02-12")


def test_a_pair_that_the_run_does_not_list_has_a_line_without_a_weight() -> None:
    [line] = graph_of(case_of(MEMBERS, _shared("device", "d", 4, 6), [])).lines
    assert (line.a, line.b, line.weight) == (4, 6, None)


def test_core_is_who_has_a_queue_of_his_own_or_two_independent_kinds() -> None:
    edges = [
        edge(NAMES[0], NAMES[1], "device"), edge(NAMES[0], NAMES[1], "payment"),
        # One machine shows both: one witness. A coincidence is none.
        edge(NAMES[2], NAMES[3], "device"), edge(NAMES[2], NAMES[3], "ip"),
        edge(NAMES[2], NAMES[3], "signup"),
    ]  # fmt: skip
    nodes = graph_of(case_of(MEMBERS, [], edges)).nodes
    assert [node.core for node in nodes] == [True, True, False, False, False, False, False, True]
    assert nodes[2].kinds == ("device",)


def test_where_the_list_of_pairs_is_full_what_is_shared_counts_too() -> None:
    few = large(300, 40)
    node = graph_of(few).nodes[-1]
    many = replace(few, ring={"edges": few.ring["edges"] * 2})
    assert len(few.ring["edges"]) < graphing.MAX_EDGES
    shown = graph_of(replace(many, ring={"edges": [
        edge(f"acct-{a:05d}", f"acct-{b:05d}") for a in range(30) for b in range(a)
    ]})).nodes  # fmt: skip
    held = {row["account_id"] for row in few.links}
    assert all(other.kinds for other in shown if other.account in held)
    assert node.kinds == ("payment",)


def test_the_order_of_rows_decides_nothing() -> None:
    case = large(500, 700)
    dice = random.Random(3)
    mixed = replace(
        case, members=tuple(dice.sample(case.members, len(case.members))),
        links=tuple(dice.sample(case.links, len(case.links))),
        ring={"edges": dice.sample(case.ring["edges"], len(case.ring["edges"]))},
    )  # fmt: skip
    first, second = (json.dumps(graph_json(graph_of(one))) for one in (case, mixed))
    assert first == second


def test_many_accounts_become_few_squares_that_hold_each_once() -> None:
    graph = graph_of(large(1_200, 1_500))
    alone = [number for number, node in enumerate(graph.nodes) if node.square is None]
    assert len(graph.squares) + len(alone) <= graphing.MOST_SINGLE
    held = [member for square in graph.squares for member in square.members]
    assert sorted([*held, *alone]) == list(range(1_200))
    for number, square in enumerate(graph.squares):
        assert len(square.members) > 1
        assert all(graph.nodes[member].square == number for member in square.members)
        assert all(number in graph.squares[other].near for other in square.near)
    assert max(len(square.members) for square in graph.squares) < 300
    assert graph_of(large(400, 500)).squares == ()


def test_those_of_the_same_identifiers_are_in_one_square() -> None:
    case = large(600, 10)
    twins = [link(f"acct-{at:05d}", "image", "one", 3) for at in (590, 595, 599)]
    squares = graph_of(replace(case, links=(*case.links, *twins))).squares
    [square] = [square for square in squares if 590 in square.members]
    assert {590, 595, 599} <= set(square.members)


def test_lines_and_accounts_are_bounded_and_what_is_left_out_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(graphing, "MOST_NODES", 90)
    monkeypatch.setattr(graphing, "MOST_LINES", 95)
    graph = graph_of(large(97, 200))
    assert (len(graph.nodes), graph.left_nodes) == (90, 7)
    assert len(graph.lines) == 95
    assert graph.left_lines > 0
    # The pairs that the run lists, the strongest, are the last to be left out.
    assert sum(line.weight is not None for line in graph.lines) == 89


def test_an_identifier_on_many_accounts_draws_few_lines_and_all_are_in_reach() -> None:
    names = [f"a{number:02d}" for number in range(60)]
    members = [member(name, at + 1) for at, name in enumerate(names)]
    graph = graph_of(case_of(members, [link(name, "device", "d", 60) for name in names], []))
    assert len(graph.lines) == 90
    near = {at: {line.a + line.b - at for line in graph.lines if at in (line.a, line.b)}
            for at in range(60)}  # fmt: skip
    reached, edge_of = {0}, {0}
    while edge_of:
        edge_of = set().union(*(near[at] for at in edge_of)) - reached
        reached |= edge_of
    assert len(reached) == 60


def test_an_account_alone_has_a_graph_of_one() -> None:
    graph = graph_of(replace(case_of(MEMBERS[:1], [], []), ring=None))
    assert (len(graph.nodes), graph.lines, graph.ties) == (1, (), ())


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(1, 12),
    st.lists(st.lists(st.integers(0, 39), min_size=2, max_size=5), max_size=20),
)  # fmt: skip
def test_parts_hold_each_node_once_and_are_never_too_many(
    marks: list[int], limit: int, tied: list[list[int]]
) -> None:
    inside = [[node for node in nodes if node < len(marks)] for nodes in tied]
    parts = put_together(marks, [nodes for nodes in inside if nodes], limit)
    assert len(parts) <= limit
    assert sorted(node for part in parts for node in part) == list(range(len(marks)))
    of = {node: number for number, part in enumerate(parts) for node in part}
    assert all(of[a] == of[b] for a in of for b in of if marks[a] == marks[b])
