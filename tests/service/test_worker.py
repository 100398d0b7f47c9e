"""What a worker scores again, and what it is asked beside the logs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from detector import Results, read_logs, score_logs, train_logs
from detector.errors import StateError
from detector.pipeline import load_model, save_model
from detector.pipeline.stored import open_state
from detector.service.publication import last_run
from detector.service.worker import Options, Orphaned, Told, Worker
from detector.sources.reading import now
from detector.state import Store, forget
from tests.examples import first

KEY = b"k" * 32
pytestmark = pytest.mark.usefixtures("few_trees")


@pytest.fixture(scope="module")
def home(
    inbox_files: Callable[..., dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with an inbox and a small model of it; do not change it."""
    home = tmp_path_factory.mktemp("worker")
    for path, text in inbox_files(days=2).items():
        (home / "inbox" / path).parent.mkdir(parents=True, exist_ok=True)
        (home / "inbox" / path).write_text(text)
    save_model(train_logs(read_logs(home / "inbox", hash_key=KEY)), home / "model")
    return home


@pytest.fixture
def inbox(home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(home / "inbox", tmp_path / "inbox"))


@pytest.fixture
def model(home: Path) -> Path:
    return home / "model"


def worker_of(inbox: Path, **options: str | float | None) -> Worker:
    (inbox.parent / "state").mkdir(exist_ok=True)
    state = str(inbox.parent / "state")
    return Worker(Options(str(inbox), state, hash_key=KEY.hex(), **options))  # type: ignore[arg-type]


def looks(worker: Worker, count: int) -> Told:
    """A file counts from the second look that finds it as it is; all that was said in them."""
    said: list[str] = []
    for _ in range(count):
        told = worker.look()
        assert told.failed == {}
        said += told.said
    told.said = said
    return told


def published(told: Told) -> list[str]:
    return [sentence for sentence in told.said if sentence.startswith("published")]


@pytest.mark.long
def test_a_prior_and_an_earlier_run_are_asked_as_score_asks_them(
    inbox: Path, model: Path, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    first = score_logs(read_logs(inbox, hash_key=KEY), load_model(model), prior="none")
    first.write(before)
    worker = worker_of(inbox, model=str(model), prior="none", previous=str(before))
    told = looks(worker, 2)
    results = Results.read(str(told.run))
    assert results.run.model.prior == "none"
    assert set(results.scores["change"]) <= {"same", "risen", "fallen"}
    assert results.scores["change"].null_count() == 0
    assert not published(looks(worker, 1))
    first.write(before)
    assert published(looks(worker, 1)), "another earlier run stands there"
    assert not published(looks(worker, 1))


def test_a_worker_whose_server_has_gone_publishes_nothing(inbox: Path, model: Path) -> None:
    worker = worker_of(inbox, model=str(model))
    worker._server = 0
    with pytest.raises(Orphaned):
        looks(worker, 2)
    assert last_run(inbox.parent / "state") is None


def test_a_run_of_the_same_state_and_model_is_not_made_again(inbox: Path, model: Path) -> None:
    assert published(looks(worker_of(inbox, model=str(model)), 2))
    assert not published(looks(worker_of(inbox, model=str(model)), 2))
    assert published(looks(worker_of(inbox, model=str(model), prior="none"), 2))
    assert published(looks(worker_of(inbox, model=str(model), prior="none", alpha=0.2), 2))
    assert not published(looks(worker_of(inbox, model=str(model), prior="none", alpha=0.2), 2))


@pytest.mark.parametrize("file", first(["scores.parquet", "run.json"]))
def test_a_damaged_last_run_is_made_again(inbox: Path, model: Path, file: str) -> None:
    told = looks(worker_of(inbox, model=str(model)), 2)
    (Path(str(told.run)) / file).write_bytes(b"{")
    told = looks(worker_of(inbox, model=str(model)), 2)
    assert Results.read(str(told.run)).scores.height > 0


@pytest.mark.long
def test_an_earlier_run_that_is_none_is_said_and_stops_no_scoring(
    inbox: Path, model: Path, tmp_path: Path
) -> None:
    worker = worker_of(inbox, model=str(model), previous=str(tmp_path / "nowhere"))
    worker.look()
    told = worker.look()
    assert "run.json" in told.failed["previous"]
    assert told.run is not None


def test_lists_in_the_inbox_are_taken_and_what_got_worse_is_said_once(
    inbox: Path, model: Path
) -> None:
    worker = worker_of(inbox, model=str(model))
    (inbox / "lists").mkdir()
    (inbox / "lists" / "ours.csv").write_text("name,list\nOrlan Works,EL\n")
    worker.look()
    assert not Store(inbox.parent / "state").manifest().lists, "it may still be written"
    assert published(looks(worker, 1))
    (inbox / "lists" / "ours.csv").write_text("<html>503</html>")
    said = looks(worker, 4).said
    assert [s for s in said if "the state keeps the ours.csv it has" in s] == said[:1]
    assert set(Store(inbox.parent / "state").manifest().lists.files) == {"ours.csv"}


def test_what_lay_ahead_of_the_clock_is_scored_by_itself_when_its_time_has_come(
    inbox: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = inbox / "usage" / "1.csv"
    head, row = first.read_text().splitlines()[:2]
    here = now().replace(minute=0, second=0, microsecond=0)
    ends = [here + timedelta(days=days) for days in (10, 500)]
    form, hour = "%Y-%m-%dT%H:%M:%SZ", timedelta(hours=1)
    span = [f"{end - hour:{form}},{end:{form}}," for end in ends]
    others = first.read_text().splitlines()[1:]
    rows = [start + row.split(",", 2)[2] for start in span]
    first.write_text("\n".join([head, *others, *rows]) + "\n")
    worker = worker_of(inbox, model=str(model))
    run = Results.read(str(looks(worker, 2).run)).run
    assert (run.ahead["usage"].waiting, run.ahead["usage"].far) == (1, 1)
    assert run.as_of < here + timedelta(days=2)
    assert not published(looks(worker, 1))
    for module in ("worker", "ingest", "stored"):
        place = "detector.service" if module == "worker" else "detector.pipeline"
        monkeypatch.setattr(f"{place}.{module}.now", lambda: ends[0])
    told = looks(worker, 1)
    assert published(told)
    later = Results.read(str(told.run)).run
    assert later.as_of == ends[0]
    assert (later.ahead["usage"].waiting, later.ahead["usage"].far) == (0, 1)
    assert not published(looks(worker, 1))


def test_after_an_upgrade_a_run_whose_inputs_cannot_be_scored_any_more_is_told_as_failing(
    inbox: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert published(looks(worker_of(inbox, model=str(model)), 3))
    for path in inbox.rglob("*.csv"):
        path.unlink()
    monkeypatch.setattr("detector.pipeline.formats.ROLLUPS", "another")
    worker = worker_of(inbox, model=str(model))
    for told in (worker.look(), worker.look(), worker.look()):
        assert set(told.failed) == {"score"}, told
        assert "another format" in told.failed["score"]
        assert "score" not in told.ended
        assert told.run is not None
    with pytest.raises(StateError) as refused, open_state(inbox.parent / "state"):
        pass
    assert told.failed["score"] == str(refused.value)
    forget(inbox.parent / "state", "accounts.csv")
    told = worker.look()
    assert "no accounts came in yet" in told.failed["score"], "the run shown is of before"
    assert "score" not in told.ended


def test_what_an_inbox_lacks_for_a_first_run_is_said_once_and_nothing_counts_as_scored(
    tmp_path: Path,
) -> None:
    (tmp_path / "inbox").mkdir()
    worker = worker_of(tmp_path / "inbox")
    told = looks(worker, 3)
    assert told.said == [
        "no usage and no accounts came in yet: usage and accounts are required for scores"
    ]
    assert "ingest" in told.ended
    assert "score" not in told.ended
    (tmp_path / "inbox" / "accounts.csv").write_text("account_id,created_at\n1,2026-01-01\n")
    assert any(sentence.startswith("no usage came in yet") for sentence in looks(worker, 3).said)
