"""The documents say what the code does: their commands run, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from detector.cli import main, whole
from detector.cli.app import tree
from tools import make_cli, make_tables

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _blocks(page: str, language: str) -> list[str]:
    found = BLOCK.findall((ROOT / page).read_text())
    return [text for tongue, text in found if tongue == language]


def _commands(page: str) -> Iterator[list[str]]:
    """Every ``enduse`` command line of a page, without what the shell would do."""
    for block in _blocks(page, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in line.split("&&"):
                words = shlex.split(part, comments=True)
                if words[:1] == ["enduse"]:
                    yield words[1:]


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder; the sample is named by its full path."""
    if not (ROOT / "sample_logs" / "README.md").is_file():
        pytest.fail("sample_logs is missing from the repository")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENDUSE_CONFIG", raising=False)
    return ROOT / "sample_logs"


def _run(words: list[str], sample: Path, account: str) -> int:
    stand_in = {"sample_logs": str(sample), "ACCOUNT": account}
    return main([stand_in.get(word, word) for word in words])


def _first_account() -> str:
    import polars as pl

    return str(pl.read_parquet("out/scores.parquet")["account_id"][0])


def test_the_readme_commands_run(
    sample: Path, sample_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *commands = _commands("README.md")
    assert first == ["score", "sample_logs", "--out", "out"], "sample_run is another run"
    assert commands
    monkeypatch.chdir(sample_run.parent)
    for words in commands:
        account = _first_account() if "ACCOUNT" in words else ""
        assert _run(words, sample, account) == 0, words


def test_the_readme_has_exactly_two_set_up_commands() -> None:
    lines = [line for block in _blocks("README.md", "bash") for line in block.splitlines()]
    assert [line for line in lines if line.startswith("pip")] == [
        "pip install -c constraints.txt -e '.[console]' && enduse score sample_logs --out out",
        "pip install -c constraints.txt -e '.[test]' && pytest",
    ]


@pytest.mark.long
def test_the_readme_python_runs(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = _blocks("README.md", "python")
    exec(compile(block.replace("sample_logs", str(sample)), "README.md", "exec"), {})
    assert "account_id" in capsys.readouterr().out


@pytest.mark.long
def test_the_quick_start_works_with_the_two_tables_it_shows(sample: Path) -> None:
    usage, accounts = _blocks("docs/quickstart.md", "csv")
    Path("logs").mkdir()
    Path("logs/usage.csv").write_text(usage)
    Path("logs/accounts.csv").write_text(accounts)
    done = []
    for words in _commands("docs/quickstart.md"):
        if words[0] == "serve":
            continue  # runs until it is stopped; tested with a real Prometheus elsewhere
        account = _first_account() if "ACCOUNT" in words else ""
        assert _run(words, sample, account) == 0, words
        done.append(words[0])
    assert done == ["score", "explain", "evidence", "validate", "score", "train", "score", "score"]


@pytest.mark.parametrize("page", ["docs/review.md", "docs/console.md"])
def test_the_commands_about_cases_take_the_options_that_they_are_shown_with(page: str) -> None:
    shown = [words for words in _commands(page) if words[0] == "cases"]
    assert shown
    cases = get_command(tree(["cases"]))
    for words in shown:
        command, rest = cases, list(words)
        while hasattr(command, "commands"):
            assert rest[0] in command.commands, words
            command = command.commands[rest.pop(0)]
        command.make_parser(command.context_class(command)).parse_args(rest)


def test_the_commands_about_cases_that_guides_name_exist() -> None:
    cases = get_command(tree(["cases"])).commands["cases"]  # type: ignore[attr-defined]  # a group
    for page in PAGES:
        named = set(re.findall(r"`enduse cases ([a-z-]+)", page.read_text()))
        assert named <= set(cases.commands), (page.name, named - set(cases.commands))


@pytest.mark.long
def test_the_review_guide_works_for_a_team_of_two(
    tmp_path: Path, sample_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from detector.cases.record.store import Store

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENDUSE_CONFIG", raising=False)
    told = [words for words in _commands("docs/review.md") if "rehearsal" not in words]
    case = ""
    for words in told:
        if words[0] == "serve" or "password" in words:
            continue  # runs until it is stopped; asks whoever sits there
        stand_in = {"out": str(sample_run), "CASE": case}
        assert main([stand_in.get(word, word) for word in words]) == 0, words
        if words[:2] == ["cases", "sync"]:
            with Store("cases") as store, store.reading() as connection:
                query = "SELECT case_id FROM cases WHERE queue = 'proxy' ORDER BY rank"
                case = connection.execute(query).fetchone()["case_id"]
    assert case
    assert list(Path("inbox/labels").rglob("labels.parquet")), "two people settled a case"


def test_the_input_guide_python_gives_a_keyed_hash() -> None:
    (block,) = _blocks("docs/inputs.md", "python")
    space: dict[str, object] = {}
    exec(compile(block, "docs/inputs.md", "exec"), space)
    value_hash = space["value_hash"]
    assert callable(value_hash)
    first = value_hash(b"k" * 16, "email", " A@b.example")
    assert first == value_hash(b"k" * 16, "email", "a@b.example")
    assert first != value_hash(b"k" * 16, "phone", "a@b.example")
    assert first != value_hash(b"j" * 16, "email", "a@b.example")


def test_the_input_guide_names_the_columns_of_the_tables() -> None:
    from features.tables import SCHEMAS, TABLES

    text = (ROOT / "docs/inputs.md").read_text()
    for table in SCHEMAS:
        assert f"`{table}`" in text, table
    for table, schema in SCHEMAS.items():
        if f"## `{table}`" not in text:
            continue
        section = text.split(f"## `{table}`")[1].split("\n## ")[0]
        bold = {name for names in re.findall(r"\*\*(.+?)\*\*", section, re.DOTALL)
                for name in re.split(r"[,\s]+", names)}  # fmt: skip
        assert bold <= set(schema.column_names()), bold - set(schema.column_names())
        assert set(TABLES[table].required) <= bold, set(TABLES[table].required) - bold


def test_no_command_of_the_input_guide_leaves_parts_of_an_older_copy() -> None:
    """A folder of usage is emptied, or what the cloud no longer holds is deleted from it."""
    fetches = [block for block in _blocks("docs/inputs.md", "bash") if "/usage/" in block]
    assert len(fetches) >= 6
    for block in fetches:
        assert re.search(r"--delete|^rm -rf ", block, re.MULTILINE), block


def test_the_page_of_tables_is_up_to_date() -> None:
    rendered = make_tables.render()
    assert (ROOT / "docs/tables.md").read_text() == rendered, "run: make docs"


def test_the_command_reference_is_up_to_date() -> None:
    rendered = make_cli.render()
    assert (ROOT / "docs/cli.md").read_text() == rendered, "run: make docs"


def test_every_command_is_documented_and_has_help() -> None:
    text = (ROOT / "docs/cli.md").read_text()
    for name, command in get_command(whole()).commands.items():  # type: ignore[attr-defined]  # a group
        assert f"enduse {name}" in text
        assert command.help


def test_the_commands_that_documents_name_exist() -> None:
    known = set(get_command(whole()).commands)  # type: ignore[attr-defined]  # a group
    for page in PAGES:
        named = set(re.findall(r"`enduse ([a-z]+)", page.read_text()))
        assert named <= known, (page.name, named - known)


SHOWN = re.compile(r"`enduse ([a-z][^`]*)`|^(?: {4})?(?:\$ )?enduse ([a-z].*)$", re.MULTILINE)


@cache
def _tree() -> Any:
    return get_command(whole())


def _told(words: list[str]) -> tuple[str, set[str]]:
    """Name and options of the command that a page shows."""
    command, name = _tree(), "enduse"
    while hasattr(command, "commands") and words and words[0] in command.commands:
        name, command = f"{name} {words[0]}", command.commands[words.pop(0)]
    held = {opt for one in command.params for opt in one.opts + one.secondary_opts}
    return name, held | {"--help", "-h"}


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p.name != "CHANGELOG.md"], ids=lambda p: p.name
)
def test_the_options_that_documents_show_exist(page: Path) -> None:
    for found in SHOWN.finditer(page.read_text().replace("\\\n", " ")):
        shown = (found[1] or found[2]).split(" #")[0].split("|")[0]
        name, held = _told(shown.split())
        asked = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*|-[a-z])(?![\w-])", shown))
        assert asked <= held, (name, asked - held)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_defaults_in_help_are_the_defaults() -> None:
    from detector.config import load_settings

    settings = load_settings(environ={}, file=None).settings
    reference = (ROOT / "docs/cli.md").read_text()
    for option, value in {
        "--alpha": settings.alpha,
        "--max-bad": settings.max_bad,
        "--seed": settings.seed,
        "--capacity": settings.capacity,
        "--listen": settings.listen,
    }.items():
        lines = [line for line in reference.splitlines() if f"`{option} " in line]
        assert any(f"(default {value})" in line for line in lines)
