"""Settings: command line over environment over file over default, each with its origin."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from detector.config import describe, load_settings, split_address, unknown_variables
from detector.errors import UsageError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text("alpha = 0.02\nseed = 7\ncapacity = 9\n")
    return path


def test_the_nearer_source_wins_and_is_named(file: Path) -> None:
    loaded = load_settings(
        {"alpha": 0.5, "seed": None},
        file=file,
        environ={"ENDUSE_ALPHA": "0.1", "ENDUSE_SEED": "8"},
    )
    settings = loaded.settings
    assert (settings.alpha, settings.seed, settings.capacity, settings.max_bad) == (0.5, 8, 9, 0.05)
    assert loaded.origin["alpha"] == "command line"
    assert loaded.origin["seed"] == "environment ENDUSE_SEED"
    assert loaded.origin["capacity"] == f"file {file}"
    assert loaded.origin["max_bad"] == "default"


def test_the_file_is_found_by_variable_and_by_name(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(environ={}).settings.seed == 0
    assert load_settings(environ={"ENDUSE_CONFIG": str(file)}).settings.seed == 7
    file.rename("enduse.toml")
    assert load_settings(environ={}).settings.seed == 7


def test_settings_are_frozen(file: Path) -> None:
    settings = load_settings(file=file, environ={}).settings
    with pytest.raises(ValidationError, match="frozen"):
        settings.seed = 1  # type: ignore[misc]  # that is the point


def test_the_process_environment_is_not_read_behind_the_callers_back(
    monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("ENDUSE_SEED", "99")
    assert load_settings(file=file, environ={}).settings.seed == 7
    assert load_settings(file=file).settings.seed == 99


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("alfa = 0.1", "unknown setting 'alfa'; did you mean 'alpha'?"),
        ("alpha = ", "is not TOML"),
        ("alpha = 3", "setting alpha (from the file"),
        ("listen = 'nowhere'", "expected HOST:PORT"),
        ("threads = 0", "greater than or equal to 1"),
        ("pseudonym_key = 'a'\npseudonym_key_file = 'b'", "not both"),
    ],
)
def test_a_bad_file_is_one_clear_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_settings(file=path, environ={})
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml does not exist"):
        load_settings(file=tmp_path / "none.toml", environ={})


def test_a_bad_variable_names_itself() -> None:
    with pytest.raises(UsageError, match="environment ENDUSE_MAX_BAD"):
        load_settings(environ={"ENDUSE_MAX_BAD": "much"}, file=None)


def test_a_secret_is_masked_and_its_bytes_are_exact() -> None:
    loaded = load_settings(environ={"ENDUSE_PSEUDONYM_KEY": "hush-hush-hush-hush"})
    assert "hush" not in str(describe(loaded)) + repr(loaded)
    assert ("pseudonym_key", "**********", "environment ENDUSE_PSEUDONYM_KEY") in describe(loaded)
    assert loaded.settings.read_pseudonym_key() == b"hush-hush-hush-hush"


def test_a_bad_value_of_a_secret_never_shows(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("pseudonym_key = ['hush-hush']\n")
    with pytest.raises(UsageError) as caught:
        load_settings(file=path, environ={})
    assert "hush" not in str(caught.value)


def test_a_key_file_is_read_and_a_short_key_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("0123456789abcdef\n")
    settings = load_settings(environ={"ENDUSE_PSEUDONYM_KEY_FILE": str(path)}).settings
    assert settings.read_pseudonym_key() == b"0123456789abcdef"
    path.write_text("short\n")
    with pytest.raises(UsageError, match="openssl rand"):
        settings.read_pseudonym_key()


def test_a_key_file_that_is_not_there_is_named_as_what_it_is(tmp_path: Path) -> None:
    settings = load_settings(environ={"ENDUSE_PSEUDONYM_KEY_FILE": str(tmp_path / "no")}).settings
    with pytest.raises(UsageError, match=r"the key file '.*no' .* No such file .* openssl rand"):
        settings.read_pseudonym_key()


def test_without_a_key_there_is_none() -> None:
    assert load_settings(environ={}).settings.read_pseudonym_key() is None


@pytest.mark.parametrize("listen", ["", "host", ":1", "host:", "host:x", "host:70000", "host:-1"])
def test_an_address_needs_host_and_port(listen: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        split_address(listen)


def test_variables_that_nothing_reads_are_listed() -> None:
    names = {"ENDUSE_ALFA": "1", "ENDUSE_ALPHA": "1", "ENDUSE_CONFIG": "x", "HOME": "/"}
    assert unknown_variables(names) == ["ENDUSE_ALFA"]
