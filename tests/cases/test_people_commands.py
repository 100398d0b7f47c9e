"""``people`` and ``token`` from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from detector.cases.record.store import Store
from detector.cases.team.people import password_fits
from detector.cli import options
from detector.cli.cases import acting
from detector.cli.cases.people import people
from detector.cli.cases.tokens import tokens
from detector.errors import EnduseError

Run = Callable[..., str]


@pytest.fixture
def run(bare: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command on the folder; what it prints."""
    monkeypatch.chdir(tmp_path)
    for name in ("ENDUSE_CONFIG", "ENDUSE_REVIEWER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENDUSE_CASES", str(bare.folder))
    monkeypatch.setattr(acting, "login", lambda: "machine")
    app = typer.Typer()
    app.add_typer(people, name="people")
    app.add_typer(tokens, name="token")
    start = options.Start(None, debug=False)

    def run(*words: str, stdin: str = "") -> str:
        done = CliRunner().invoke(app, words, input=stdin, obj=start)
        if isinstance(done.exception, EnduseError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_people_are_made_listed_and_taken_out(run: Run, bare: Store) -> None:
    run("people", "add", "ann", "--roles", "reviewer, lead", "--password-stdin",
        stdin="a horse in a battery\n")  # fmt: skip
    run("people", "add", "bob", "--roles", "reviewer")
    run("people", "change", "bob", "--roles", "counsel")
    run("people", "deactivate", "ann")
    listed = json.loads(run("people", "list", "--json"))
    assert [(row["person"], row["roles"], row["active"], row["password"]) for row in listed] == [
        ("ann", ["lead", "reviewer"], False, False), ("bob", ["counsel"], True, False),
    ]  # fmt: skip
    assert "golden" in run("people", "roles")


def test_a_password_comes_from_stdin_and_never_from_the_words_of_a_command(
    run: Run, bare: Store
) -> None:
    run("people", "add", "ann", "--roles", "viewer")
    run("people", "password", "ann", stdin="a battery in a horse\r\n")
    with bare.reading() as connection:
        assert password_fits(connection, "ann", "a battery in a horse")


def test_whoever_is_named_acts_with_his_own_roles_only(run: Run, bare: Store) -> None:
    run("people", "add", "ann", "--roles", "reviewer")
    run("people", "add", "root", "--roles", "admin")
    with pytest.raises(EnduseError, match="takes the role admin"):
        run("people", "add", "eve", "--roles", "lead", "--as", "ann")
    run("people", "add", "bob", "--roles", "lead", "--as", "root")
    with bare.reading() as connection:
        rows = connection.execute("SELECT person, role FROM events ORDER BY seq").fetchall()
    assert [tuple(row) for row in rows] == [
        ("enduse", "system"), ("enduse", "system"), ("root", "admin"),
    ]  # fmt: skip


def test_a_token_is_printed_once_and_revoked_by_its_id(run: Run) -> None:
    run("people", "add", "ann", "--roles", "reviewer,lead")
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    token = run("token", "add", "ann", "--until", day, "--roles", "lead", "--label", "sync")
    assert token.startswith("enduse_")
    (held,) = json.loads(run("token", "list", "--json"))
    assert (held["person"], held["roles"], held["revoked"]) == ("ann", ["lead"], False)
    assert token.strip() not in json.dumps(held)
    run("token", "revoke", held["token"])
    assert json.loads(run("token", "list", "--json"))[0]["revoked"]
    with pytest.raises(EnduseError, match="expected a day"):
        run("token", "add", "ann", "--until", "soon")


def test_who_acts_is_named_or_set_or_logged_in(
    run: Run, bare: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ann", "bob", "machine"):
        run("people", "add", name, "--roles", "reviewer")
    context = SimpleNamespace(obj=options.Start(None, debug=False))
    with bare.reading() as connection:
        assert acting.actor(context, connection, None).person == "machine"
        monkeypatch.setenv("ENDUSE_REVIEWER", "bob")
        assert acting.actor(context, connection, None).person == "bob"
        assert acting.actor(context, connection, "ann").person == "ann"
        monkeypatch.delenv("ENDUSE_REVIEWER")
        monkeypatch.setattr(acting, "login", lambda: "nobody")
        with pytest.raises(EnduseError, match="give --as NAME"):
            acting.actor(context, connection, None)
