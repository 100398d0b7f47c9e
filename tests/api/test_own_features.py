"""A feature of one's own goes all the way without a change to the package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from detector import Results, load_model, save_model, score_logs, train_logs
from detector.errors import ModelError, UsageError
from detector.sources import Logs
from features import REGISTRY, OwnFeature, build_features, family_base, feature, with_own
from features.registry import ForbiddenInput
from tests.examples import first


@feature(base="F02", unit="top-ups", direction=1, inputs=("payments",), typologies=("T01",))
def many_top_ups() -> pl.Expr:
    """Tops up again and again."""
    return pl.col("top_ups")


@pytest.fixture(scope="module")
def model(logs: Logs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own") / "m"
    save_model(train_logs(logs, features=[many_top_ups]), folder)
    return folder


def _reasons(results: Results, account: str) -> dict[str, dict[str, object]]:
    row = results.scores.row(by_predicate=pl.col("account_id") == account, named=True)
    return {reason["code"]: reason for reason in row["reasons"]}


def _sums(results: Results) -> float:
    """How far contributions miss the score at most."""
    listed = pl.col("reasons").list.eval(pl.element().struct.field("contribution")).list.sum()
    off = results.scores.select((pl.col("base") + listed - pl.col("raw_score")).abs().max())
    return float(off.item())


@pytest.mark.parametrize("prior", first(["simulated", "none"]))
def test_a_stored_model_names_it_in_reasons(logs: Logs, model: Path, prior: str) -> None:
    found = score_logs(logs, model, features=[many_top_ups], prior=prior)
    reason = _reasons(found, "acct-007")["X01-MANY-TOP-UPS"]
    assert str(reason["text"]).startswith("Tops up again and again: 9 top-ups; half of its peers")
    assert reason["value"] == 9.0
    assert float(str(reason["contribution"])) > 0.0
    assert _sums(found) < 1e-9
    said = [note for note in found.run.notes if "many_top_ups" in note]
    assert bool(said) == (prior == "simulated")


@pytest.mark.long  # trains three times
def test_it_moves_the_priors_score_by_its_weight_alone(logs: Logs, model: Path) -> None:
    plain = score_logs(logs, seed=0).scores.sort("account_id")
    silent = score_logs(logs, features=[many_top_ups], own_weight=0).scores.sort("account_id")
    heard = score_logs(logs, model, features=[many_top_ups]).scores.sort("account_id")
    assert silent["raw_score"].equals(plain["raw_score"])
    added = (heard["raw_score"] - plain["raw_score"]).to_numpy()
    assert added.argmax() == 7
    assert added.min() >= 0.0


def test_a_session_without_it_is_told_its_name(logs: Logs, model: Path) -> None:
    trained = load_model(model)
    assert "1 columns of your own" not in repr(trained)
    assert "1 column of your own" in repr(trained)
    with pytest.raises(ModelError, match=r"1 column \(many_top_ups\).*features=\[\.\.\.\]"):
        score_logs(logs, trained)


@pytest.mark.long  # scores twice more
def test_one_that_is_only_scored_with_says_that_it_has_no_say(logs: Logs) -> None:
    trained = train_logs(logs)
    before, after = score_logs(logs, trained), score_logs(logs, trained, features=many_top_ups)
    assert before.scores["score"].equals(after.scores["score"])
    assert "many_top_ups" in after.features.columns
    assert any("does not know" in note and "many_top_ups" in note for note in after.run.notes)


def test_build_features_computes_it_beside_the_others(logs: Logs) -> None:
    table = build_features(logs, logs.as_of.isoformat(), registry=with_own([many_top_ups]))
    assert table["many_top_ups"].to_list()[6:9] == [1.0, 9.0, 1.0]
    assert "many_top_ups" not in build_features(logs, logs.as_of).columns
    assert "top_ups" in family_base(logs, logs.as_of, "F02").columns


def test_it_is_missing_where_its_table_is(logs: Logs) -> None:
    without = {name: frame for name, frame in logs.items() if name != "payments"}
    table = build_features(without, logs.as_of, registry=with_own([many_top_ups]))
    assert table["many_top_ups"].null_count() == table.height


def _made(
    name: str = "mine", doc: str | None = "Says.", read: str = "top_ups", **said: object
) -> OwnFeature:
    def function() -> pl.Expr:
        return pl.col(read)

    function.__name__, function.__doc__ = name, doc
    known = {"base": "F02", "unit": "1", "direction": 1, "inputs": ("payments",), **said}
    return feature(**known)(function)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": "Mine"}, "cannot name a column"),
        ({"name": "tpp_hours"}, "already"),
        ({"doc": None}, "docstring"),
        ({"direction": 0}, r"expected \+1"),
        ({"base": "F99"}, "no family 'F99'"),
        ({"inputs": ("paymnts",)}, "'paymnts'.*payments"),
        ({"inputs": "payments"}, "a tuple of log tables"),
        ({"typologies": ("T99",)}, "no typology 'T99'"),
    ],
)
def test_what_is_no_feature_says_why(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        _made(**wrong)  # type: ignore[arg-type]


def test_a_function_that_returns_no_expression_says_what_to_return() -> None:
    wanted = feature(base="F02", unit="1", direction=1, inputs=("payments",))

    def of_a_frame(df: pl.DataFrame) -> pl.Series:
        """Reads a frame."""
        return df["top_ups"]

    def of_a_text() -> str:
        """Returns a name."""
        return "top_ups"

    with pytest.raises(ValueError, match=r"of_a_frame takes df; expected a function without arg"):
        wanted(of_a_frame)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"of_a_text returns a str, no Polars expression; return"):
        wanted(of_a_text)  # type: ignore[arg-type]


def test_what_lane_b_is_blind_to_stays_out() -> None:
    with pytest.raises(ForbiddenInput, match="src_country"):
        _made(read="src_country")


def test_a_column_that_is_not_there_is_named_with_those_that_are(logs: Logs) -> None:
    with pytest.raises(UsageError, match=r"mine reads 'topups'.*top_ups"):
        train_logs(logs, features=[_made(read="topups")])


def test_two_of_one_name_and_what_is_no_feature_are_refused(logs: Logs) -> None:
    with pytest.raises(UsageError, match="'mine' already"):
        train_logs(logs, features=[_made(), _made()])
    with pytest.raises(UsageError, match="holds a function; expected functions that stand below"):
        train_logs(logs, features=[_reasons])  # type: ignore[list-item]


@pytest.fixture
def in_the_family() -> Iterator[None]:
    """A feature that somebody registered in a shipped family for the session."""
    family = REGISTRY.family("F02")
    kept = list(family.features)

    @family.feature(unit="share", direction=1, inputs=("payments",), typologies=("T01",))
    def f02_mine() -> pl.Expr:
        """A sign of my own."""
        return pl.lit(0.5)

    yield
    family.features[:] = kept


@pytest.mark.long
def test_one_in_a_shipped_family_trains_and_scores(logs: Logs, in_the_family: None) -> None:
    trained = train_logs(logs)
    assert trained.added == ("f02_mine",)
    found = score_logs(logs, trained)
    assert any("f02_mine" in note and "no say" in note for note in found.run.notes)
    REGISTRY.family("F02").features.pop()
    with pytest.raises(ModelError, match="f02_mine"):
        score_logs(logs, trained)
