"""What lies ahead of the clock waits on a cluster too: what its tasks say, in one process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from detector.sources.asof import latest_of
from detector.sources.discover import discover
from detector.sources.ledger import Ahead, Ledger
from detector.sources.times import FAR_AHEAD
from detector.spark.reading import Folder, latest_ends, records_of
from detector.spark.tasks import versions

NOW = datetime(2026, 4, 10, tzinfo=UTC)
DAY = timedelta(days=1)
HEADER = (
    "ChargePeriodStart,ChargePeriodEnd,BillingAccountId,SubAccountId,ChargeCategory,ServiceName,"
    "ConsumedQuantity,ConsumedUnit,SkuMeter\n"
)


def test_tasks_tell_what_waits_and_what_lies_too_far_ahead(tmp_path: Path) -> None:
    ends = [NOW, NOW + DAY, NOW + 5 * DAY, NOW + 9 * DAY, NOW + 900 * DAY]
    form = "%Y-%m-%dT%H:%M:%SZ"
    rows = [f"{end - DAY:{form}},{end:{form}},p,a,Usage,c,1,Hours,vm\n" for end in ends]
    rows.append(f"{NOW - 1101 * DAY:{form}},{NOW:{form}},p,a,Usage,c,1,Hours,vm\n")
    (tmp_path / "usage.csv").write_text(HEADER + "".join(rows))
    (tmp_path / "accounts.csv").write_text("account_id,created_at\na,2020-01-01\n")
    found = discover(tmp_path)
    files = tuple(found.files["usage"])
    folder = Folder(found.place, files, ((0,),), versions(), b"k", NOW, NOW + 2 * DAY)
    records, told = records_of(list(latest_ends(folder, 0)), files)
    ledger = Ledger(found.files, {}, (), (), 1.0)
    ledger.records.update(records)
    assert latest_of(list(told.values()), ledger) == NOW + DAY
    assert ledger.ahead() == Ahead(2, NOW + 5 * DAY)
    assert ledger.far() == {"usage": 1}
    assert any(FAR_AHEAD in sentence for sentence in ledger.warnings())
    counts = ledger.counts("usage")
    assert (counts.ok, counts.quarantined, counts.late) == (4, 2, 2)
