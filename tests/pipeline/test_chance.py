"""P-values of accounts in rings hold where nothing is wrong, and a run says what chance gives."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from detector.pipeline.binding import notes
from detector.pipeline.chance import by_chance
from detector.pipeline.prepare import Prepared, Stages, prepare
from detector.pipeline.run import Asked, assess
from detector.pipeline.scoring import Scored, assemble
from detector.pipeline.training import Trained, load, save, train
from detector.simulate import simulate
from detector.sources import read_logs
from models.account.chance import Chance

# A clean world of these has 20 accounts at .05; rings of it would bring twice as many.
ACCOUNTS, DAYS, SEED = 400, 20, 84_200


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    out = tmp_path_factory.mktemp("clean") / "logs"
    simulate("clean", ACCOUNTS, DAYS, SEED, out, ranges="dev")
    return prepare(read_logs(out), None, Stages())


@pytest.mark.long
def test_where_nothing_is_wrong_no_more_accounts_are_rare_than_p_values_say(
    clean: Prepared,
) -> None:
    case = train(clean, seed=0, threads=1, priors={}).cases["none"]
    assessed = assess(case, clean, Asked())
    p = assemble(clean, assessed)[0]["p_value"].to_numpy()
    for alpha in (0.2, 0.1, 0.05, 0.01):
        assert (p <= alpha).mean() <= alpha, alpha
    assert (p <= 0.05).mean() >= 0.04  # a rate that is not used up would promise nothing
    own, ring = assessed.scored.accounts.p_value, assessed.scored.placeless.ring_tail
    smaller = np.minimum(own, np.append(ring, 1.0)[clean.ring_of])
    assert (smaller <= 0.05).mean() > 0.055  # so this world can tell the two apart


def scores(cases: int, accounts: int = 2000) -> pl.DataFrame:
    """A queue of this many cases, the first of them a ring of three."""
    queued = np.arange(accounts) < cases + 2
    return pl.DataFrame(
        {
            "account_id": [f"a{at}" for at in range(accounts)],
            "ring_id": ["r"] * 3 + [None] * (accounts - 3),
            "queue": np.where(queued, "proxy", "none"),
        }
    )


# Twenty accounts of two thousand are rare; they are ten cases, each with another account.
PAIRS = Chance.fit(np.arange(2000.0), np.arange(2000) // 2)


@pytest.mark.parametrize(
    ("cases", "word"),
    [
        (10, "10 cases stand.*about 11 by chance: their number is no sign"),
        (1, "1 case stands.*fewer than that"),
        (40, "40 cases stand.*29 more than chance explains"),
    ],
)
def test_a_run_says_how_its_cases_stand_to_chance(cases: int, word: str) -> None:
    told = by_chance(scores(cases), PAIRS, 0.01, own_logs=False)
    assert (told.cases, told.accounts) == (cases, cases + 2)
    assert told.accounts_by_chance == 20.0
    assert told.cases_by_chance == pytest.approx(10.0, abs=1.0)
    assert re.search(word, told.sentence)


def test_numbers_of_a_population_that_is_its_own_measure_tell_nothing() -> None:
    few, many = (by_chance(scores(cases), PAIRS, 0.01, own_logs=True) for cases in (1, 40))
    assert few.sentence.partition("stand")[2] != ""
    for told in (few, many):
        assert "their number does not" in told.sentence
        assert "more than chance" not in told.sentence


def same(one: Chance | None, other: Chance | None) -> None:
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.reached, other.reached)
    np.testing.assert_array_equal(one.first, other.first)


def test_what_p_values_are_measured_on_is_stored_with_the_model(
    trained: Trained, tmp_path: Path
) -> None:
    save(trained, tmp_path / "model")
    same(load(tmp_path / "model").cases["none"].chance, trained.cases["none"].chance)


def test_a_model_of_an_earlier_version_is_measured_on_what_it_scores(
    prepared: Prepared, trained: Trained
) -> None:
    case = trained.cases["none"]
    old = replace(case, chance=None)
    same(assess(old, prepared, Asked()).scored.chance, case.chance)
    assert "earlier version" in " ".join(notes(old))
    assert "earlier version" not in " ".join(notes(case))


def test_who_is_known_to_be_bad_makes_nobody_less_rare(scored: Scored, prepared: Prepared) -> None:
    """The sample holds confirmed accounts; the reference holds the others."""
    assert len(scored.chance.reached) < prepared.table.height
