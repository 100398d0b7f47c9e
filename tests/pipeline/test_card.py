"""What a training and a run write down about their model, and that scores do not hear of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detector import Results, read_logs, score_logs, train_logs
from detector.errors import ModelError
from detector.pipeline import Trained, load_model, save_model
from features.build import REGISTRY
from models.errors import ModelFormatError
from models.files.card import ModelCard

HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter,RegionId\n"
)


pytestmark = pytest.mark.usefixtures("few_trees")


def write_logs(folder: Path) -> Path:
    """Sixty accounts for six days; the last two rent machines, controlled and not."""
    folder.mkdir()
    usage = [HEAD]
    for number in range(60):
        meter = {58: "g4dn.xlarge", 59: "p4d.24xlarge"}.get(number, "Standard-Storage")
        unit = "Hours" if number >= 58 else "GB-Hours"
        usage += [
            f"2026-03-{day:02}T00:00:00Z,2026-03-{day:02}T06:00:00Z,payer-{number // 3},"
            f"acct-{number:03},Usage,Compute,{1 + (number * day) % 7},{unit},{meter},r-1\n"
            for day in range(1, 7)
        ]
    (folder / "usage.csv").write_text("".join(usage))
    rows = [f"acct-{n:03},2025-{1 + n % 12:02}-10,payer-{n // 3}\n" for n in range(60)]
    (folder / "accounts.csv").write_text("account_id,created_at,payer_account_id\n" + "".join(rows))
    return folder


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_logs(tmp_path_factory.mktemp("card") / "logs")


@pytest.fixture(scope="module")
def stored(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "m"
    save_model(train_logs(read_logs(logs)), folder)
    return folder


@pytest.fixture(scope="module")
def run(logs: Path, stored: Path) -> Results:
    return score_logs(read_logs(logs), model=load_model(stored))


def test_the_card_says_what_the_model_was_made_from(logs: Path, stored: Path) -> None:
    card = load_model(stored).card
    assert card is not None
    assert (card.accounts, card.excluded, card.seed, card.n_estimators) == (60, 0, 0, 50)
    assert card.window_end == "2026-03-06T06:00:00+00:00"
    assert card.window_start < card.window_end
    assert [feature[0] for feature in card.features] == REGISTRY.names()
    shares = {name: share for name, _, _, share in card.features}
    assert shares["f01_controlled_hours_share"] == 1.0
    assert min(shares.values()) == 0.0
    assert card.prevalence_assumed == pytest.approx(1 / 5000)
    assert {"enduse", "python", "numpy", "polars"} <= set(card.versions)
    assert datetime.now(UTC) - datetime.fromisoformat(card.trained_at) < timedelta(hours=1)


def test_people_can_read_the_card_beside_the_model(stored: Path) -> None:
    page = (stored / "card.md").read_text()
    for words in ("60 accounts", "Immigration, hiring, credit", "prevalence of 0.0200%", "F01"):
        assert words in page


@pytest.mark.long
def test_a_run_names_its_model(run: Results, stored: Path) -> None:
    told = run.run["model"]
    card = load_model(stored).card
    assert card is not None
    assert told["trained_at"] == card.trained_at
    assert told["trained_on_these_logs"] is False
    assert told["card"]["intended_use"] == list(card.intended_use)
    assert "features" not in told["card"]
    json.dumps(dict(run.run.items()), allow_nan=False)


def test_the_checksum_is_the_array_files(run: Results, stored: Path) -> None:
    prior = run.run["model"]["prior"]
    folder = stored if prior == "none" else stored / "priors" / prior
    (arrays,) = folder.glob("arrays-*.npz")
    assert run.run["model"]["sha256"] == hashlib.sha256(arrays.read_bytes()).hexdigest()


def test_a_run_that_trains_has_a_card_no_drift_and_the_scores_of_an_earlier_training(
    logs: Path, run: Results
) -> None:
    later = score_logs(read_logs(logs))
    told = later.run
    assert told["model"]["trained_at"]
    assert told["model"]["card"]["accounts"] == 60
    assert told["drift"] == {}
    assert later.scores.equals(run.scores)


def test_the_same_logs_have_not_drifted(run: Results) -> None:
    assert set(run.run["drift"]) <= set(REGISTRY.names())
    assert run.run["drift"]["f01_controlled_hours_share"] == 0.0
    assert max(run.run["drift"].values()) < 0.1


@pytest.mark.long
def test_other_logs_have(tmp_path: Path, stored: Path) -> None:
    folder = write_logs(tmp_path / "other")
    usage = (folder / "usage.csv").read_text()
    (folder / "usage.csv").write_text(
        usage.replace("GB-Hours,Standard-Storage", "Hours,p4d.24xlarge")
    )
    found = score_logs(read_logs(folder), model=load_model(stored)).run["drift"]
    assert found["f01_controlled_hours_share"] > 0.25


def test_controlled_hours_are_told_apart(run: Results) -> None:
    hours = run.run["gpu_hours"]
    assert set(hours) == {"A100", "T4"}
    assert run.run["controlled_gpu_hours"] == {"A100": hours["A100"]}


@pytest.mark.long
def test_a_model_without_a_card_gives_the_same_scores(
    logs: Path, stored: Path, run: Results, tmp_path: Path
) -> None:
    model = load_model(stored)
    save_model(Trained(model.cases, model.later, None), tmp_path / "m")
    aged = score_logs(read_logs(logs), model=load_model(tmp_path / "m"))
    assert (aged.run["model"]["trained_at"], aged.run["model"]["card"]) == (None, {})
    assert aged.scores.equals(run.scores)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda card: card.pop("accounts"),
        lambda card: card.update(seed="0"),
        lambda card: card.update(versions=["numpy"]),
        lambda card: card.update(features=[["a", "F01"]]),
    ],
)
def test_a_damaged_card_is_named(
    stored: Path, spoil: Callable[[dict[str, object]], object]
) -> None:
    card = load_model(stored).card
    assert card is not None
    facts = card.to_dict()
    assert ModelCard.from_dict(facts).to_dict() == facts
    spoil(facts)
    with pytest.raises(ModelFormatError, match="model card"):
        ModelCard.from_dict(facts)


def test_a_missing_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model at .*no such folder"):
        load_model(tmp_path / "none")
