"""``ingest``, ``state check``, ``state retain`` and ``score --state`` as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.cli import main
from detector.results import Results

Put = Callable[[Path, Mapping[str, str]], Path]
MakeRows = Callable[[str, range], str]


@pytest.fixture
def logs(make_rows: MakeRows, facts: dict[str, str], put: Put, tmp_path: Path) -> Path:
    return put(tmp_path / "logs", {**facts, "usage/a.csv": make_rows("usage", range(3, 11))})


@pytest.mark.long
def test_from_logs_to_scores_by_way_of_the_state(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, out = str(tmp_path / "state"), str(tmp_path / "out")
    assert main(["ingest", str(logs), "--state", state, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] is True
    assert main(["ingest", str(logs), "--state", state]) == 0
    assert "0 new, 0 replaced, 5 unchanged" in capsys.readouterr().out
    assert main(["state", "check", state]) == 0
    assert "whole" in capsys.readouterr().out
    assert main(["score", "--state", state, "--out", out]) == 0
    assert main(["score", str(logs), "--out", f"{out}2"]) == 0
    assert Results.read(out).scores.equals(Results.read(f"{out}2").scores)
    capsys.readouterr()
    assert main(["state", "retain", state, "--days", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert Path(told["receipt"]).is_file()


def test_damage_is_exit_code_one_and_the_file_is_named(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    assert main(["ingest", str(logs), "--state", str(state)]) == 0
    victim = next(state.glob("parts/*/rows.*"))
    victim.write_bytes(victim.read_bytes()[:-1])
    assert main(["state", "check", str(state)]) == 1
    assert victim.name in capsys.readouterr().err
    assert main(["score", "--state", str(state), "--out", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists()


def test_pseudonyms_need_a_key_of_some_length(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["ingest", str(logs), "--state", str(tmp_path / "state"), "--pseudonymise"]
    assert main(words) == 2
    assert "openssl rand -hex 32" in capsys.readouterr().err
    (tmp_path / "key").write_text("short")
    assert main([*words, "--key-file", str(tmp_path / "key")]) == 2
    (tmp_path / "key").write_text("a key of more than sixteen bytes")
    assert main([*words, "--key-file", str(tmp_path / "key")]) == 0


def test_score_takes_logs_or_a_state(logs: Path, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "out")]
    assert main(["score", *out]) == 2
    assert main(["score", str(logs), "--state", str(tmp_path), *out]) == 2
    assert main(["score", "--state", str(tmp_path / "none"), *out]) == 1


def test_check_tells_what_is_dated_past_the_clock_in_every_table(
    tmp_path: Path, take: Callable[..., Any], facts: dict[str, str], put: Put,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    ahead = {days: f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
             for days in (-1, 9, 10, 500)}  # fmt: skip
    events = "time,account_id,class_uid,operation\n" + "".join(
        f"{ahead[days]},0001,6003,RunInstances\n" for days in (-1, 9, 10, 500)
    )
    usage = (
        "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,ChargeCategory,ServiceName,"
        "ConsumedQuantity,ConsumedUnit,SkuMeter,EffectiveCost,BillingCurrency\n"
        + "".join(
            f"2026-03-01T05:00:00Z,{end},0001,Usage,Compute,1,Hours,p5.48xlarge,3,USD\n"
            for end in ("2026-03-01T06:00:00Z", ahead[9])
        )
    )
    take(put(tmp_path / "logs", {"usage.csv": usage, "events.csv": events, **facts}))
    state = str(tmp_path / "state")
    assert main(["state", "check", state]) == 0
    said = capsys.readouterr()
    assert "whole" in said.out
    assert "1 row of usage ends past this machine's clock" in said.err
    assert "2 rows of events are dated past this machine's clock" in said.err
    assert "1 × " in said.err, "what lies too far ahead stands in quarantine"
    assert main(["state", "check", state, "--json", "--slack-days", "30"]) == 0
    (far,) = json.loads(capsys.readouterr().out)["warnings"]
    assert far.startswith("1 × ")
