"""Addresses: which store they name, what is refused, and that no secret stands in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.sources.address import open_store, parse
from detector.sources.place import LocalPlace
from detector.sources.places import place_of


@pytest.fixture(autouse=True)
def known_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "acme")


@pytest.mark.parametrize(
    ("text", "base", "account"),
    [
        ("s3://b", "b", None),
        ("s3://b/a/c/", "b/a/c", None),
        ("S3://b/a%20c", "b/a c", None),
        ("gs://b/a", "b/a", None),
        ("gcs://b/a", "b/a", None),
        ("az://c/a", "c/a", "acme"),
        ("az://c/a?account=other", "c/a", "other"),
        ("abfs://c@first.dfs.core.windows.net/a", "c/a", "first"),
        ("abfss://c@first.dfs.core.windows.net/a/b", "c/a/b", "first"),
        ("abfs://first.blob.core.windows.net/c/a", "c/a", "first"),
        ("az://first@c/a", "c/a", "first"),
    ],
)
def test_an_address_names_a_bucket_and_a_prefix(text: str, base: str, account: str | None) -> None:
    found = parse(text)
    assert found.base == base
    assert found.options.get("account") == account


def test_another_cloud_of_azure_keeps_its_hosts() -> None:
    found = parse("abfs://c@first.dfs.core.chinacloudapi.cn/a")
    assert found.options["cloud"] == "core.chinacloudapi.cn"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ftp://b/a", "ftp:// are not read"),
        ("https://b.example/a", "https:// are not read"),
        ("s3:///a", "names no bucket"),
        ("gs://b:80/a", "names no bucket"),
        ("s3://b/a/../c", "'..'"),
        ("s3://b/a//c", "empty step"),
        ("s3://b?acl=1", "option acl; known are endpoint_override"),
        ("gs://b?region=x", "option region"),
        ("s3://b?scheme=ftp", "scheme=ftp"),
        ("s3://b?anonymous=maybe", "anonymous=maybe"),
        ("s3://[b/a", "is no address"),
        ("file://elsewhere/a", "three slashes"),
        ("az://c@A_B/a", "AZURE_STORAGE_ACCOUNT"),
    ],
)
def test_an_address_of_another_form_is_refused_in_a_sentence(
    text: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT")
    with pytest.raises(UsageError) as refused:
        place_of(text)
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["s3://KEY:hush@b/a", "gs://hush@b/a", "s3://KEY:hush@b?x=1"])
def test_credentials_in_an_address_are_refused_and_not_shown(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        place_of(text)
    assert "hush" not in str(refused.value)


def test_an_address_of_this_machine_is_a_local_folder() -> None:
    assert place_of("file:///srv/a%20b") == LocalPlace(Path("/srv/a b"))
    assert place_of("file://localhost/srv") == LocalPlace(Path("/srv"))
    assert place_of("relative/logs") == LocalPlace(Path("relative/logs"))


def test_a_build_without_a_file_system_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pyarrow.fs

    monkeypatch.delattr(pyarrow.fs, "GcsFileSystem")
    monkeypatch.setattr(pyarrow.fs, "_not_imported", ["GcsFileSystem"], raising=False)
    with pytest.raises(UsageError, match=r"gs://b cannot be read.*pip install pyarrow"):
        open_store(parse("gs://b"))
