"""A new feature, or one that is gone, stops no run: the model says what it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from detector import Results, read_logs, score_logs, train_logs
from detector.errors import ModelError
from detector.pipeline import load_model, save_model
from features.build import REGISTRY
from features.registry import Feature
from tests.examples import first

HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter,RegionId\n"
)
ACCOUNTS = 60
pytestmark = pytest.mark.usefixtures("few_trees")
NEW = Feature(
    name="f07_demo", family="F07", unit="1", direction=1, sentence="A feature of tomorrow.",
    inputs=("usage",), typologies=(), bounds=(0.0, 1.0),
    expression=lambda: pl.int_range(pl.len()).cast(pl.Float64),
)  # fmt: skip


@contextmanager
def _registry(change: str) -> Iterator[None]:
    """The registry with a new feature in the middle, or without one that is there."""
    family = next(f for f in REGISTRY.families if f.id == NEW.family)
    kept = list(family.features)
    family.features[:] = [kept[0], NEW, *kept[1:]] if change == "more" else kept[:-1]
    try:
        yield
    finally:
        family.features[:] = kept


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names") / "logs"
    folder.mkdir()
    usage = [HEAD]
    for number in range(ACCOUNTS):
        meter, unit = ("p4d.24xlarge", "Hours") if number >= 55 else ("Standard", "GB-Hours")
        usage += [
            f"2026-03-{day:02}T00:00:00Z,2026-03-{day:02}T06:00:00Z,payer-{number},"
            f"acct-{number:03},Usage,Compute,{1 + (number * day) % 7},{unit},{meter},r-1\n"
            for day in range(1, 7)
        ]
    (folder / "usage.csv").write_text("".join(usage))
    rows = [f"acct-{n:03},2025-{1 + n % 12:02}-10\n" for n in range(ACCOUNTS)]
    (folder / "accounts.csv").write_text("account_id,created_at\n" + "".join(rows))
    return folder


@pytest.fixture(scope="module")
def model(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names") / "m"
    save_model(train_logs(read_logs(logs)), folder)
    return folder


def _scored(logs: Path, model: Path | None, prior: str | None = None) -> Results:
    known = None if model is None else load_model(model)
    return score_logs(read_logs(logs), model=known, prior=prior)


@pytest.mark.parametrize("prior", first(["none", "simulated"]))
def test_a_model_scores_past_a_feature_it_does_not_know(
    logs: Path, model: Path, prior: str
) -> None:
    before = _scored(logs, model, prior)
    with _registry("more"):
        after = _scored(logs, model, prior)
    assert before.scores.drop("reasons").equals(after.scores.drop("reasons"))
    for one, other in zip(before.scores["reasons"], after.scores["reasons"], strict=True):
        assert one.to_list()[:-1] == other.to_list()[:-1]
    assert NEW.name in after.features.columns
    (note,) = (note for note in after.run["notes"] if "f07_demo" in note)
    assert re.fullmatch(
        r"the model does not know \d+ features? \(.*f07_demo.*\): no say in the score; train the "
        "model anew to use what is new",
        note,
    )
    assert not [note for note in before.run["notes"] if "f07_demo" in note]


@pytest.mark.long
def test_the_shipped_prior_scores_past_it_when_the_logs_are_learnt_from(
    logs: Path, model: Path
) -> None:
    before = _scored(logs, model)
    with _registry("more"):
        after = _scored(logs, None)
        assert after.run["model"]["prior"] == "simulated"
    assert before.scores.sort("account_id")["raw_score"].equals(
        after.scores.sort("account_id")["raw_score"]
    )
    (note,) = (note for note in after.run["notes"] if "f07_demo" in note)
    assert re.match(r"the prior does not know .*f07_demo.*: no say in the score, only in its", note)


@pytest.mark.parametrize("prior", first(["none", "simulated"]))
def test_a_feature_that_is_gone_is_missing_for_everybody(
    logs: Path, model: Path, prior: str
) -> None:
    with _registry("fewer"):
        after = _scored(logs, model, prior)
    (note,) = (note for note in after.run["notes"] if "does not compute" in note)
    gone = next(f for f in REGISTRY.families if f.id == NEW.family).features[-1].name
    assert note == (
        f"the model knows 1 feature ({gone}), which this version does not compute: missing for "
        "every account"
    )
    listed = pl.col("reasons").list.eval(pl.element().struct.field("contribution")).list.sum()
    total = after.scores.select(pl.col("base") + listed).to_series()
    assert (total - after.scores["raw_score"]).abs().max() < 1e-9


def test_a_feature_that_turned_its_side_is_an_error_with_a_remedy(
    logs: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = REGISTRY.families[0]
    turned = Feature(**{**vars(family.features[0]), "direction": -family.features[0].direction})
    monkeypatch.setattr(family, "features", [turned, *family.features[1:]])
    with pytest.raises(ModelError, match=f"{turned.name} with another family or suspicious side"):
        load_model(model)
    with pytest.raises(ModelError, match=r"the prior learnt.*teach it anew: `enduse teach`"):
        _scored(logs, None)
