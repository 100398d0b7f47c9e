"""A small log folder, and the command line run inside the test's own process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from detector.cli import main

USAGE_HEAD = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,"
    "ServiceName,ConsumedQuantity,ConsumedUnit,SkuMeter,RegionId\n"
)


@pytest.fixture(scope="module", autouse=True)
def small_models(few_trees: None) -> None:
    """Commands of this process train small models."""


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The last line of stderr, which is the error's sentence."""
        return self.err.strip().splitlines()[-1]


@pytest.fixture
def enduse(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Done]:
    """Run ``enduse`` with the given words, away from any enduse.toml of the machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENDUSE_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: object) -> Done:
        capsys.readouterr()
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


def write_logs(folder: Path, accounts: int = 60, days: int = 10) -> Path:
    """Write a log folder in which every account does a little, and the last one rents GPUs."""
    folder.mkdir(parents=True)
    usage = [USAGE_HEAD]
    for number in range(accounts):
        meter = "p4d.24xlarge" if number == accounts - 1 else "Standard-Storage"
        unit = "Hours" if number == accounts - 1 else "GB-Hours"
        usage += [
            f"2026-03-{day:02}T00:00:00Z,2026-03-{day:02}T06:00:00Z,payer-{number // 3},"
            f"acct-{number:03},Usage,Compute,{1 + (number * day) % 7},{unit},{meter},region-1\n"
            for day in range(1, days + 1)
        ]
    (folder / "usage.csv").write_text("".join(usage))
    rows = "".join(
        f"acct-{number:03},2025-{1 + number % 12:02}-10,payer-{number // 3}\n"
        for number in range(accounts)
    )
    (folder / "accounts.csv").write_text("account_id,created_at,payer_account_id\n" + rows)
    return folder


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Return a fresh log folder of 60 accounts and 10 days."""
    return write_logs(tmp_path / "logs")


@pytest.fixture(scope="session")
def scored(
    tmp_path_factory: pytest.TempPathFactory,
    with_few_trees: Callable[[], AbstractContextManager[None]],
) -> tuple[Path, Path]:
    """Return a log folder and the folder that ``score`` wrote for it; do not change them."""
    home = tmp_path_factory.mktemp("scored")
    logs, out = write_logs(home / "logs"), home / "out"
    with with_few_trees():
        assert main(["score", str(logs), "--out", str(out)]) == 0
    return logs, out


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a simulated log folder with planted rings; the truth lies beside it."""
    path = tmp_path_factory.mktemp("world") / "logs"
    assert main(["simulate", "--accounts", "90", "--days", "10", "--out", str(path)]) == 0
    return path
