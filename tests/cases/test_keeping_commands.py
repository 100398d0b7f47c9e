"""``import``, ``pack``, ``export``, ``retain``, ``hold``, ``backup``, ``restore``, ``identify``."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from detector.cases import check_pack, judging
from detector.cases.judging import Judgement
from detector.cases.store import Store
from detector.cli import options
from detector.cli.cases import backup, export, identify, importing, pack, retain
from detector.errors import EnduseError, FindingsAbove
from detector.state import pseudonym
from tests.cases.planted import ANN, BOB, NOW, PEOPLE, Clock, opened
from tests.cases.runs import run as run_of
from tests.cases.runs import take

DATA = Path(__file__).parent / "data"
KEY = "0123456789abcdef0123456789abcdef"
Run = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> Path:
    place = tmp_path / "cases"
    with opened(place) as store:
        take(store, clock(), run_of(0, ("r1", "r2"), ("s1",)))
        for by in (ANN, BOB):
            with store.writing(clock()) as tx:
                row = tx.all("SELECT * FROM cases WHERE lead_account = 'r1'")[0]
                said = Judgement("confirmed_victim", "r2 says so", members={})
                if row["state"] != "closed":
                    judging.judge(tx, by, row["case_id"], row["version"], said)
        with store.writing(NOW) as tx:
            tx.record("person.added", PEOPLE["gus"], "admin", put=[("people", {
                "person": "ivy", "number": 99, "roles": '["identifier"]', "active": 1,
            })])  # fmt: skip
    return place


@pytest.fixture
def case(folder: Path) -> str:
    with Store(folder) as store, store.reading() as connection:
        row = connection.execute("SELECT case_id FROM cases WHERE lead_account = 'r1'").fetchone()
    return str(row["case_id"])


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENDUSE_CONFIG", raising=False)
    monkeypatch.delenv("ENDUSE_REVIEWER", raising=False)
    monkeypatch.setenv("ENDUSE_CASES", str(folder))
    monkeypatch.setenv("ENDUSE_PSEUDONYM_KEY", KEY)
    app = typer.Typer()
    app.command("import")(importing.import_file)
    app.command()(pack.pack)
    app.command()(export.export)
    app.command("coop-appeals")(export.coop_appeals)
    app.command()(retain.retain)
    app.command()(retain.hold)
    app.command()(backup.backup)
    app.command()(backup.restore)
    app.command()(identify.identify)
    start = options.Start(None, debug=False)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, words, obj=start)
        if isinstance(done.exception, FindingsAbove):
            return f"{done.stdout}exit 5: {done.exception}"
        if isinstance(done.exception, EnduseError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def events(folder: Path) -> int:
    with Store(folder) as store:
        return store.head().seq


def test_a_dry_run_names_every_row_and_stores_none(run: Run, folder: Path) -> None:
    before = events(folder)
    text = run("import", str(DATA / "contradict.csv"), "--dry-run", "--as", "cem")
    assert [line.split(":")[0] for line in text.splitlines()[:4]] == [
        f"row {number}" for number in (1, 2, 3, 4)
    ]
    assert "is closed" in text
    assert "disputed" in text
    assert "exit 5: 2 of 4 rows" in text
    assert events(folder) == before
    run("import", str(DATA / "contradict.csv"), "--as", "cem")
    assert events(folder) == before + 2


def test_the_unsigned_file_is_refused_whole(run: Run, folder: Path) -> None:
    before = events(folder)
    assert "refused 3" in run("import", str(DATA / "one_row_clears.csv"), "--as", "cem")
    assert events(folder) == before


def test_a_pack_of_a_case_from_a_run_has_its_page_and_no_plain_id(
    run: Run, folder: Path, case: str
) -> None:
    first = json.loads(run("pack", case, "--purpose", "court", "--as", "eve", "--json"))
    again = json.loads(run("pack", case, "--purpose", "court", "--as", "eve", "--json"))
    assert first == again
    data = Path(first["pack"]).read_bytes()
    assert list(check_pack.findings(data, first["sha256"])) == []
    with zipfile.ZipFile(first["pack"]) as archive:
        page = archive.read("case.html").decode()
    assert pseudonym("r1", KEY.encode()) in page
    assert "What was seen" in page
    assert "<script" not in page
    plain = json.loads(
        run("pack", case, "--purpose", "court", "--identify", "--as", "eve", "--json")
    )
    with zipfile.ZipFile(plain["pack"]) as archive:
        assert "r2 says so" in archive.read("case.html").decode()
    assert Path(plain["pack"]).parent == folder / "packs"


def test_settled_decisions_are_written_for_other_tools(run: Run, tmp_path: Path) -> None:
    coop, osprey = tmp_path / "coop.ndjson", tmp_path / "osprey.csv"
    run("export", "--coop", str(coop), "--osprey", str(osprey), "--as", "eve")
    assert len(coop.read_text().splitlines()) == 2
    assert "MANUALLY_ADDED" in osprey.read_text()


def test_appeals_from_another_tool_are_filed(run: Run, tmp_path: Path) -> None:
    given = tmp_path / "appeals.ndjson"
    bodies = [
        {"appealId": f"p{number}", "appealedBy": {"typeId": "u", "id": "u1"}, "actionsTaken": [],
         "appealedAt": "2026-03-01T10:00:00Z", "actionedItem": {"id": account, "typeId": "t"}}
        for number, account in enumerate(("r1", "nobody"))
    ]  # fmt: skip
    given.write_text("\n".join(map(json.dumps, bodies)), encoding="utf-8")
    text = run("coop-appeals", str(given), "--as", "fay")
    assert "p0, account r1: appeal" in text
    assert "p1, account nobody: refused: nothing was decided" in text
    assert "exit 5: 1 of 2" in text
    assert "p0, account r1: refused" in run("coop-appeals", str(given), "--as", "fay")


def test_what_is_held_is_not_due_and_a_copy_goes_back(
    run: Run, folder: Path, case: str, tmp_path: Path
) -> None:
    run("hold", case, "--reason", "court", "--as", "eve")
    assert "nothing is due" in run("retain", "--as", "gus")
    copy = tmp_path / "copy"
    run("backup", "--to", str(copy))
    run("hold", case, "--reason", "over", "--lift", "--as", "eve")
    with pytest.raises(EnduseError, match="accept-loss"):
        run("restore", str(copy))
    with pytest.raises(EnduseError, match="accept-loss"):
        events(folder)
    run("restore", str(copy), "--accept-loss", "the disk died")
    assert events(folder)


def test_a_pseudonym_of_a_pack_is_found(run: Run, case: str, tmp_path: Path) -> None:
    ids = tmp_path / "accounts.csv"
    ids.write_text("account_id,name\nr1,x\nr2,y\n", encoding="utf-8")
    name = pseudonym("r2", KEY.encode())
    text = run("identify", case, name, "ff", "--accounts", str(ids), "--purpose", "court",
               "--as", "ivy")  # fmt: skip
    assert text.splitlines() == [f"{name}: r2", "ff: of no account in this file"]
