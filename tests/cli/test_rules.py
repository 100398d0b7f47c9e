"""Links of alerts are addresses, under the base that a site sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.cli import main

BASE = "https://wiki.example/enduse/runbook.md"


@pytest.mark.parametrize("name", ["rules.yml", "rules_test.yml"])
def test_every_link_leads_to_the_base_and_nothing_else_changes(
    repository: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = repository / "deploy" / "prometheus" / name
    monkeypatch.setenv("ENDUSE_RUNBOOK_BASE", BASE)
    assert main(["config", "rules", str(file)]) == 0
    made, shipped = capsys.readouterr().out, file.read_text()
    assert made.count(f"runbook_url: {BASE}#enduse") == shipped.count("runbook_url:")
    assert made.replace(BASE, "docs/runbook.md") == shipped


def test_rules_once_made_are_made_for_another_base(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rules.yml"
    file.write_text(f"  runbook_url: {BASE}#endusedown\n")
    assert main(["config", "rules", str(file), "--runbook-base", "http://other.example/r"]) == 0
    assert capsys.readouterr().out == "  runbook_url: http://other.example/r#endusedown\n"


@pytest.mark.parametrize(
    ("base", "text", "sentence"),
    [
        ("", "runbook_url: a#b\n", "no address of the runbook is set"),
        ("javascript:alert(1)", "runbook_url: a#b\n", "expected an address such as"),
        ("https://a.example/{{ x }}", "runbook_url: a#b\n", "expected an address such as"),
        (BASE, "groups: []\n", "has no runbook_url"),
    ],
)
def test_what_makes_no_links_is_refused(
    base: str, text: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    file = tmp_path / "rules.yml"
    file.write_text(text)
    monkeypatch.setenv("ENDUSE_RUNBOOK_BASE", base)
    assert main(["config", "rules", str(file)]) == 2
    assert sentence in capsys.readouterr().err
