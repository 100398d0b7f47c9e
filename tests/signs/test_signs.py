"""Each sign of the description of the domain, alone in an ordinary account, moves its columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from features.build import REGISTRY
from features.families import FAMILY_NAMES
from features.tables import TABLES
from lab.signs import SIGNS
from lab.signs.sign import Own, Sign
from lab.signs.trial import Seen, World, ordinary, seen
from lab.signs.uncarried import UNCARRIED
from lab.signs.world import MAKERS, small_world

# Farther out than this share of its peers lies what a reviewer would look at.
OUTER = 0.05
METERED = tuple(sign for sign in SIGNS if "gpu_telemetry" in sign.tables)
TYPOLOGIES = {f"T{number:02d}" for number in range(1, 22)}
Found = dict[str, dict[str, Seen]]


def clear(columns: dict[str, Seen]) -> bool:
    """Whether one of the columns puts the sign among the few that lie farthest out."""
    return any(value.after <= OUTER and value.after < value.before for value in columns.values())


def moved(columns: dict[str, Seen]) -> bool:
    return any(value.after < value.before for value in columns.values())


@pytest.fixture(scope="module")
def quarry(tmp_path_factory: pytest.TempPathFactory) -> World:
    return small_world("quarry", tmp_path_factory.mktemp("worlds"))


@pytest.fixture(scope="module")
def found(quarry: World) -> Found:
    """What the columns make of every sign that this make carries, in three computations."""
    return seen(quarry, SIGNS)


def test_every_sign_that_the_tables_carry_moves_a_column_that_is_to_see_it(
    quarry: World, found: Found
) -> None:
    carried = {sign.id for sign in SIGNS if quarry.carries(sign)}
    assert found.keys() == carried
    assert len(carried) > 90
    unmoved = [name for name, columns in found.items() if not moved(columns)]
    # All charges of this make are at the price on demand.
    assert unmoved == ["F01-purchase-options"]


def test_most_signs_lie_far_out_among_peers(found: Found) -> None:
    common = {sign.id for sign in SIGNS if sign.common}
    rare = {name: columns for name, columns in found.items() if name not in common}
    unclear = [name for name, columns in rare.items() if not clear(columns)]
    assert len(unclear) <= len(rare) // 20, unclear


@pytest.mark.long
def test_what_meters_show_is_seen(tmp_path: Path) -> None:
    """The make above has no telemetry."""
    columns = seen(small_world("mill", tmp_path, accounts=150), METERED)
    assert columns.keys() == {sign.id for sign in METERED}
    common = {sign.id for sign in METERED if sign.common}
    assert {name for name, values in columns.items() if not clear(values)} <= common


def test_a_sign_that_is_not_planted_moves_nothing(quarry: World) -> None:
    def nothing(own: Own, _n: int) -> Own:
        return own

    blank = [replace(sign, plant=nothing) for sign in SIGNS[:8] if sign.accounts == 1]
    columns = seen(quarry, blank)
    assert columns
    assert [name for name, values in columns.items() if moved(values)] == []


def test_signs_are_planted_on_ordinary_accounts(quarry: World) -> None:
    kinds = ordinary(quarry)
    assert {sign.on for sign in SIGNS} <= kinds.keys()
    innocent = set(quarry.truth.filter(quarry.truth["role"] == "benign")["account_id"])
    assert all(set(accounts) <= innocent for accounts in kinds.values())


def test_every_sign_has_a_name_of_its_own_and_columns_that_exist() -> None:
    assert not [name for name, n in Counter(sign.id for sign in SIGNS).items() if n > 1]
    known = set(REGISTRY.names())
    assert [sign.id for sign in SIGNS if not set(sign.seen_by) <= known or not sign.seen_by] == []


def test_columns_read_the_tables_that_carry_the_sign() -> None:
    for sign in SIGNS:
        for name in sign.seen_by:
            assert set(REGISTRY[name].inputs) & set(sign.tables), (sign.id, name)


def test_every_typology_is_asked_or_said_to_be_out_of_sight() -> None:
    named = {sign.id[:3] for sign in SIGNS} | {where[:3] for where, _, _ in UNCARRIED}
    assert named >= TYPOLOGIES
    assert named - TYPOLOGIES <= set(FAMILY_NAMES)


def test_a_table_that_is_not_of_the_contract_is_refused() -> None:
    with pytest.raises(ValueError, match="no table of the contract is named \\['gossip'\\]"):
        replace(SIGNS[0], tables=("usage", "gossip"))
    assert "gossip" not in TABLES


@pytest.mark.long
def test_signs_lie_far_out_in_half_of_the_makes_that_carry_them(tmp_path: Path) -> None:
    by_make = [seen(small_world(make, tmp_path), SIGNS) for make in MAKERS]

    def weak(sign: Sign) -> bool:
        told = [columns[sign.id] for columns in by_make if sign.id in columns]
        good: Sequence[bool] = [moved(c) if sign.common else clear(c) for c in told]
        return not told or 2 * sum(good) < len(told)

    assert [sign.id for sign in SIGNS if weak(sign)] == []
