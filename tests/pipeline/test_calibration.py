"""A q-value is earned: by enough cleared accounts that the model did not learn from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from detector import Results, read_logs, score_logs, train_logs
from detector.errors import ModelError, UsageError
from detector.pipeline import load_model, save_model
from detector.pipeline.calibration import calibrate
from models.population.conformal import MIN_CALIBRATION

HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter,RegionId\n"
)
LEARNT, CLEAN = 100, MIN_CALIBRATION + 50
pytestmark = pytest.mark.usefixtures("few_trees")
AT = "2026-04-01T00:00:00+00:00"


def _write(folder: Path, ids: list[str]) -> Path:
    folder.mkdir()
    usage = [
        f"2026-03-0{day}T00:00:00Z,2026-03-0{day}T06:00:00Z,p-{one},{one},Usage,Compute,"
        f"{1 + (int(one[2:]) * day) % 17},Hours,{'p4d.24xlarge' if one > 'b-1045' else 'x'},r-1\n"
        for one in ids
        for day in (1, 2, 3)
    ]
    (folder / "usage.csv").write_text(HEAD + "".join(usage))
    rows = [f"{one},2025-{1 + int(one[2:]) % 12:02}-10\n" for one in ids]
    (folder / "accounts.csv").write_text("account_id,created_at\n" + "".join(rows))
    return folder


OLD = [f"a-{n:04}" for n in range(LEARNT)]
NEW = [f"b-{n:04}" for n in range(CLEAN)]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(tmp_path_factory.mktemp("calibration") / "both", OLD + NEW)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("trained")
    save_model(train_logs(read_logs(_write(home / "old", OLD))), home / "m")
    return home / "m"


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained.parent / "old", tmp_path / "old")
    return Path(shutil.copytree(trained, tmp_path / "m"))


def _scored(logs: Path, model: Path, **options: str) -> Results:
    return score_logs(read_logs(logs), model=load_model(model), **options)


def _cleared(*ids: str) -> dict[str, str]:
    return dict.fromkeys(ids, "cleared")


@pytest.mark.long
def test_a_calibrated_model_tells_q_values_until_it_is_trained_anew(
    logs: Path, model: Path
) -> None:
    before = _scored(logs, model)
    assert before.scores["q_value"].null_count() == before.scores.height
    done = calibrate(model, read_logs(logs), _cleared(*OLD, *NEW, "nobody"), at=AT)
    assert (done.accounts, done.learnt_from, done.unknown) == (CLEAN, LEARNT, ("nobody",))
    assert set(done.models) == {"none", "simulated"}
    after = {prior: _scored(logs, model, prior=prior) for prior in done.models}
    for prior, run in after.items():
        assert run.run["model_id"] == done.models[prior]
        assert run.scores["q_value"].is_between(0.0, 1.0).all()
    same = after["simulated"].scores
    assert same.drop("q_value").equals(before.scores.drop("q_value"))
    save_model(train_logs(read_logs(model.parent / "old"), seed=1), model)
    assert load_model(model).cases["none"].calibration is None
    assert not (model / "calibration").exists()


def test_too_few_held_out_accounts_are_refused(logs: Path, model: Path) -> None:
    few = _cleared(*OLD, *NEW[: MIN_CALIBRATION - 1])
    with pytest.raises(ModelError, match=r"999 calibration accounts are too few.*\(100 more were"):
        calibrate(model, read_logs(logs), few, at=AT)
    assert load_model(model).cases["none"].calibration is None


@pytest.mark.parametrize("word", ["confirmed_proxy", "confirmed_victim", "unresolved"])
def test_one_account_that_is_not_cleared_is_too_many(logs: Path, model: Path, word: str) -> None:
    with pytest.raises(ModelError, match="1 account is not cleared, the file says so"):
        calibrate(model, read_logs(logs), {**_cleared(*NEW), "b-0007": word}, at=AT)


def test_what_the_logs_know_of_an_account_counts(logs: Path, model: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(logs, tmp_path / "logs"))
    (other / "labels.csv").write_text(
        "account_id,decision,decided_at\nb-0003,confirmed_proxy,2026-03-02T00:00:00Z\n"
    )
    with pytest.raises(ModelError, match="the logs' own labels say so, first b-0003"):
        calibrate(model, read_logs(other), _cleared(*NEW), at=AT)


def test_a_model_that_forgot_what_it_learnt_from_cannot_be_calibrated(
    logs: Path, model: Path
) -> None:
    shutil.rmtree(model / "training")
    with pytest.raises(ModelError, match=r"does not say which accounts it learnt from.*train it"):
        calibrate(model, read_logs(logs), _cleared(*NEW), at=AT)


@pytest.mark.long
def test_a_calibration_of_another_model_does_not_count(
    logs: Path, model: Path, tmp_path: Path
) -> None:
    calibrate(model, read_logs(logs), _cleared(*NEW), at=AT)
    save_model(train_logs(read_logs(tmp_path / "old"), seed=1), tmp_path / "other")
    shutil.copytree(model / "calibration", tmp_path / "other" / "calibration")
    assert load_model(model).cases["none"].calibration is not None
    assert load_model(tmp_path / "other").cases["none"].calibration is None


def test_strangers_are_named(logs: Path, model: Path) -> None:
    with pytest.raises(UsageError, match="the decided account is not in the logs, namely x"):
        calibrate(model, read_logs(logs), _cleared("x"), at=AT)
    with pytest.raises(UsageError, match="no account in the file is cleared"):
        calibrate(model, read_logs(logs), {}, at=AT)


def test_what_was_learnt_from_is_told_by_digests_alone(trained: Path) -> None:
    held = b"".join(path.read_bytes() for path in trained.rglob("*") if path.is_file())
    assert b"a-0001" not in held
    learnt = load_model(trained).learnt_from
    assert learnt is not None
    assert len(learnt) == LEARNT
