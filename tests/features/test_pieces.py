"""Features of a population that is read piece by piece are those of all of it at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from detector import read_logs
from detector.buckets.shared import PIECEWISE
from detector.simulate import simulate
from features import grouping, holding
from features.blocks import Blocks, each, of_each, without
from features.build import feature_table, features_of
from features.evidence import SHOWN_IN
from features.holding import held
from features.population import Population
from features.rings import ring_table
from features.rollups import Parts, Rollups, complete, merge


@dataclass(frozen=True)
class Dealt:
    """Rollups dealt to pieces by a number of each account."""

    frames: Parts
    numbers: dict[str, int]

    def pieces(self, names: Sequence[str]) -> Iterator[Parts]:
        for number in range(max(self.numbers.values()) + 1):
            yield {name: self._those(self.frames[name], number) for name in names}

    def _those(self, frame: pl.DataFrame, number: int) -> pl.DataFrame:
        mine = [account for account, at in self.numbers.items() if at == number]
        return frame.filter(pl.col("account_id").is_in(mine))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Rollups:
    """A small world with rings, shared templates, resellers and payers of several accounts."""
    logs = tmp_path_factory.mktemp("pieces") / "logs"
    simulate("standard", 100, 30, 9, logs)
    source = read_logs(logs)
    parts = (part for table in source.tables() for part in source.rollups(table, source.as_of))
    return complete(merge(parts), source.tables(), source.as_of, source.catalogue)


def dealt(rollups: Rollups, numbers: Sequence[int]) -> Rollups:
    """The same rollups with those that buckets share elsewhere."""
    ids = sorted({one for name in PIECEWISE for one in rollups[name]["account_id"]})
    spread = {one: numbers[at % len(numbers)] for at, one in enumerate(ids)}
    frames = dict(rollups.frames)
    away = {name: frames.pop(name) for name in PIECEWISE}
    return replace(rollups, frames=frames, elsewhere=Dealt(away, spread))


@settings(max_examples=5)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=7))
def test_any_pieces_give_the_same_links_and_rings(whole: Rollups, numbers: list[int]) -> None:
    once, pieced = Population.of(whole), Population.of(dealt(whole, numbers))
    for name in ("edges", "pairs", "moves"):
        assert_frame_equal(getattr(pieced, name), getattr(once, name), check_exact=True)
    table = features_of(once)
    assert pl.concat(each(once.edges)).height > 20
    assert_frame_equal(ring_table(pieced, table), ring_table(once, table), check_exact=True)


def test_small_blocks_give_the_same_features(
    whole: Rollups, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = feature_table(whole)
    monkeypatch.setattr(grouping, "BLOCK", 7)
    assert_frame_equal(feature_table(whole), once, check_exact=True)
    assert once["f10_accounts_alike"].max() > 0  # type: ignore[operator]
    assert once["f11_shared_bits"].max() > 0  # type: ignore[operator]
    assert once["f14_siblings_pay_alike"].max() > 0  # type: ignore[operator]


def test_blocks_that_are_kept_elsewhere_give_the_same_links_features_and_rings(
    whole: Rollups, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = Population.of(whole)
    monkeypatch.setattr(grouping, "BLOCK", 200)
    away = Population.of(whole, lambda blocks: Blocks(list(blocks)))
    assert isinstance(away.edges, Blocks)
    assert len(list(away.edges)) > 3
    for name in ("edges", "pairs"):
        whole_of = pl.concat(each(getattr(away, name)))
        assert_frame_equal(whole_of, getattr(once, name), check_exact=True)
    table = features_of(once)
    assert_frame_equal(features_of(away), table, check_exact=True)
    assert_frame_equal(ring_table(away, table), ring_table(once, table), check_exact=True)


def test_rows_of_blocks_are_those_of_a_frame() -> None:
    frame = pl.DataFrame({"a": ["x", "y", "y", "z"], "n": [1, 2, 3, 4]})
    blocks = Blocks([frame[:3], frame[3:], frame.clear()])
    odd = pl.col("n") % 2 == 1
    assert_frame_equal(blocks.filter(odd, pl.col("a") != "x"), frame[2:3])
    assert_frame_equal(pl.concat(each(without(blocks, odd))), frame.filter(~odd))
    assert_frame_equal(without(blocks, odd).filter(pl.col("a") == "z"), frame[3:])
    assert_frame_equal(of_each(blocks, lambda block: block.head(1)), frame[[0, 3]])
    assert without(frame, odd).equals(frame.filter(~odd))  # type: ignore[union-attr]


def test_what_some_accounts_hold_is_counted_over_all_pieces(
    whole: Rollups, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = whole["accounts"]["account_id"].sort(descending=True).gather_every(3)
    once = held(whole, ids)
    assert once["holders"].max() > 1  # type: ignore[operator]
    assert_frame_equal(held(dealt(whole, [0, 1, 2]), ids), once, check_exact=True)
    monkeypatch.setattr(holding, "ACCOUNTS", 7)
    assert_frame_equal(held(dealt(whole, [0, 1, 2]), ids), once, check_exact=True)
    assert held(whole, ids.clear()).is_empty()


@pytest.mark.parametrize("name", sorted(PIECEWISE))
def test_a_rollup_that_is_asked_for_by_name_has_its_order(whole: Rollups, name: str) -> None:
    pieced = dealt(whole, [2, 0, 1])
    assert_frame_equal(pieced[name], whole[name], check_exact=True)
    assert_frame_equal(pieced.window(name), whole.window(name), check_exact=True)
    few = whole["accounts"]["account_id"].head(9)
    assert_frame_equal(pieced.of(few, name)[name], whole.of(few, name)[name], check_exact=True)


def test_a_piece_holds_no_other_rollups(whole: Rollups) -> None:
    piece = next(dealt(whole, [0, 1]).pieces("usage"))
    assert piece["accounts"] is whole["accounts"]
    with pytest.raises(KeyError):
        piece["model"]


def test_pieces_of_rollups_here_and_elsewhere_do_not_fit(whole: Rollups) -> None:
    with pytest.raises(ValueError, match="some of accounts, links are held here"):
        next(dealt(whole, [0]).pieces("accounts", "links"))
    assert next(whole.pieces(*SHOWN_IN)) is whole


def test_nothing_elsewhere_has_an_unknown_name(whole: Rollups) -> None:
    with pytest.raises(KeyError):
        dealt(whole, [0])["nonsense"]
