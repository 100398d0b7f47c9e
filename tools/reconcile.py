"""The books of a log folder, made a second time in DuckDB, beside those of the product.

Usage: python tools/reconcile.py LOGS

DuckDB reads the files itself, drops replaced deliveries, second copies and rows that break a
rule, cuts at as-of, names GPUs by the instance list and adds up: nothing of the product is
used but that CSV file. Compared exactly: GPU units by account and model, tokens by account and
direction, money by account and currency, rows kept. Prints every difference; exits with 1 if
there is one. It understands the SKUs of ``sample_logs`` and of simulated worlds, not every
cloud's.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

CATALOGUE: Final = Path(__file__).resolve().parents[1] / "features" / "catalogue"
READERS: Final = {
    "parquet": "read_parquet({files}, union_by_name => true, filename => true)",
    "csv": "read_csv({files}, all_varchar => true, header => true, union_by_name => true, "
           "filename => true, nullstr => ['', 'NULL'])",
    "jsonl": "read_json({files}, format => 'newline_delimited', columns => {columns}, "
             "filename => true)",
}  # fmt: skip
TIMES: Final = ("ChargePeriodStart", "ChargePeriodEnd", "start", "end")
AMOUNTS: Final = ("ConsumedQuantity", "EffectiveCost", "BilledCost", "ListCost")
COUNTS: Final = ("requests", "input_tokens", "output_tokens", "cached_tokens")
COLUMNS: Final = {
    "usage": (
        *TIMES[:2], "BillingAccountId", "SubAccountId", "ChargeCategory", "ChargeClass",
        "ServiceName", *AMOUNTS, "ConsumedUnit", "SkuPriceDetails", "SkuMeter", "ResourceType",
        "ChargeDescription", "SkuId", "CommitmentDiscountStatus", "CapacityReservationStatus",
        "BillingCurrency",
    ),
    "model_usage": (*TIMES[2:], "account_id", "model_id", *COUNTS),
}  # fmt: skip
DELIVERY: Final = re.compile(r"(?:^|(.*)/)source=([^/]+)/period=([^/]+)/")

# A row whose rules hold; a quantity below zero is a correction, or money went back with it.
GOOD: Final = {
    "usage": """
      ChargePeriodStart < ChargePeriodEnd AND BillingAccountId IS NOT NULL
      AND lower(ChargeCategory) IN ('usage', 'purchase', 'tax', 'credit', 'adjustment')
      AND ServiceName IS NOT NULL
      AND (lower(ChargeCategory) <> 'usage'
           OR (ConsumedQuantity IS NOT NULL AND ConsumedUnit IS NOT NULL))
      AND (lower(ChargeClass) = 'correction' OR lower(ChargeCategory) <> 'usage'
           OR coalesce(ConsumedQuantity, 0) >= 0
           OR (least(EffectiveCost, BilledCost, ListCost) < 0
               AND greatest(EffectiveCost, BilledCost, ListCost) <= 0)) IS TRUE
    """,
    "model_usage": """
      "start" < "end" AND account_id IS NOT NULL AND model_id IS NOT NULL AND requests >= 0
      AND input_tokens >= 0 AND output_tokens >= 0
      AND coalesce(cached_tokens, 0) BETWEEN 0 AND input_tokens
    """,
}

# What falls before as-of: of units of 10^-15, rounded half to even, by whole seconds.
USAGE: Final = """
CREATE TABLE charges AS
WITH whole AS (
  SELECT *, coalesce(SubAccountId, BillingAccountId) AS account,
    epoch_us(ChargePeriodStart) AS t0, epoch_us(ChargePeriodEnd) AS t1,
    coalesce(EffectiveCost, BilledCost, ListCost, 0) AS cost,
    coalesce(CommitmentDiscountStatus ILIKE 'unused', false)
      OR coalesce(CapacityReservationStatus ILIKE 'unused', false) AS unused
  FROM usage WHERE epoch_us(ChargePeriodStart) < $as_of
)
SELECT *, part(ConsumedQuantity, t0, t1, $as_of) AS quantity, part(cost, t0, t1, $as_of) AS money
FROM whole
"""
LATEST: Final = """
SELECT max(epoch_us(ChargePeriodEnd)) FROM usage WHERE ChargeCategory ILIKE 'usage'
"""
MACROS: Final = """
CREATE MACRO units(x) AS (replace(x::DECIMAL(38, 15)::VARCHAR, '.', ''))::HUGEINT;
CREATE MACRO share(u, n, d) AS sign(u)::HUGEINT * (
  abs(u) * n // d
  + CASE WHEN 2 * (abs(u) * n % d) > d
           OR (2 * (abs(u) * n % d) = d AND abs(u) * n // d % 2 = 1) THEN 1 ELSE 0 END);
CREATE MACRO part(x, t0, t1, moment) AS CASE WHEN t1 <= moment THEN units(x)
  ELSE share(units(x), ((moment - t0) // 1000000)::HUGEINT,
             greatest((t1 - t0) // 1000000, 1)::HUGEINT) END;
"""
GPUS: Final = """
WITH names AS (
  SELECT lower(trim(unnest(string_split(instance_type || ';' || coalesce(i.aliases, ''), ';'))))
    AS name, gpu_model, gpus::INT AS gpus
  FROM read_csv('{folder}/instances.csv', all_varchar => true) i
  JOIN read_csv('{folder}/gpus.csv', all_varchar => true) g USING (part)
  WHERE try_cast(gpus AS INT) IS NOT NULL
), named AS (SELECT DISTINCT name, gpu_model, gpus FROM names WHERE name <> ''),
rows AS (
  SELECT *, row_number() OVER () AS row,
    [lower(json_extract_string(CASE WHEN json_valid(SkuPriceDetails) THEN SkuPriceDetails END,
      '$.InstanceType')), lower(SkuMeter),
     lower(ResourceType), lower(ChargeDescription), lower(SkuId)] AS texts,
    CASE WHEN lower(ConsumedUnit) IN ('hours', 'gpu-hours') THEN 1
         WHEN lower(ConsumedUnit) = 'seconds' THEN 3600 END AS denominator
  FROM charges WHERE lower(ChargeCategory) = 'usage' AND NOT unused
), machines AS (
  SELECT row, account, n.gpu_model, gpus * quantity AS amount, denominator
  FROM (SELECT *, unnest([1, 2, 3, 4, 5]) AS place FROM rows) r
  JOIN named n ON n.name = r.texts[r.place]
  WHERE denominator IS NOT NULL AND lower(ConsumedUnit) <> 'gpu-hours'
  QUALIFY row_number() OVER (PARTITION BY row ORDER BY place) = 1
), chips AS (
  SELECT row, account,
    upper(regexp_extract(coalesce(SkuMeter, ChargeDescription), '(?i)nvidia (?:tesla )?(\\w+)', 1))
      AS gpu_model, quantity AS amount, denominator
  FROM rows WHERE lower(ConsumedUnit) = 'gpu-hours'
)
SELECT account, gpu_model, denominator, sum(amount)::HUGEINT FROM (
  FROM machines UNION ALL FROM chips) GROUP BY ALL
"""
TOKENS: Final = """
WITH metered AS (
  SELECT account_id AS account,
    sum(CASE WHEN e <= $as_of THEN input_tokens
        ELSE input_tokens::HUGEINT * ((($as_of - s) // 1000000)) // greatest((e - s) // 1000000, 1)
        END) AS input,
    sum(CASE WHEN e <= $as_of THEN output_tokens
        ELSE output_tokens::HUGEINT * ((($as_of - s) // 1000000)) // greatest((e - s) // 1000000, 1)
        END) AS output
  FROM (SELECT *, epoch_us("start") AS s, epoch_us("end") AS e FROM model_usage)
  WHERE s < $as_of GROUP BY account
), billed AS (
  SELECT account, regexp_matches(lower(coalesce(SkuMeter, ChargeDescription, SkuId)), 'output')
    AS output, quantity * CASE lower(ConsumedUnit) WHEN 'tokens' THEN 1 WHEN '1k tokens' THEN 1000
      WHEN '1m tokens' THEN 1000000 END AS amount
  FROM charges WHERE lower(ChargeCategory) = 'usage' AND NOT unused
    AND lower(ConsumedUnit) IN ('tokens', '1k tokens', '1m tokens')
    AND account NOT IN (SELECT account FROM metered)
)
SELECT account, input::HUGEINT, output::HUGEINT FROM metered UNION ALL
SELECT account, (coalesce(sum(amount) FILTER (NOT output), 0) // 1000000000000000)::HUGEINT,
  (coalesce(sum(amount) FILTER (output), 0) // 1000000000000000)::HUGEINT
FROM billed GROUP BY account
"""
MONEY: Final = """
SELECT account, BillingCurrency, sum(money)::HUGEINT FROM charges GROUP BY ALL
"""

Books = dict[str, dict[Any, Any]]


def oracle(logs: Path, as_of: datetime | None = None) -> Books:
    """The books as DuckDB makes them from the files alone."""
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        db.execute(MACROS)
        rows = {table: _load(db, logs, table) for table in COLUMNS}
        latest = (
            "SELECT max(epoch_us(ChargePeriodEnd)) FROM usage WHERE ChargeCategory ILIKE 'usage'"
        )
        moment = round(as_of.timestamp() * 1e6) if as_of else _all(db, latest)[0][0]
        db.execute(USAGE, {"as_of": moment})
        gpus = _all(db, GPUS.format(folder=CATALOGUE))
        return {
            "rows": rows,
            "gpus": _fractions({(a, m, d): v for a, m, d, v in gpus}),
            "tokens": {a: (i, o) for a, i, o in _all(db, TOKENS, as_of=moment) if i or o},
            "money": {(a, c): Fraction(v, 10**15) for a, c, v in _all(db, MONEY)},
        }


def _all(db: duckdb.DuckDBPyConnection, query: str, **given: object) -> list[tuple[Any, ...]]:
    return db.execute(query, given or None).fetchall()


def _fractions(amounts: Mapping[tuple[str, str, int], int]) -> dict[tuple[str, str], Fraction]:
    total: dict[tuple[str, str], Fraction] = {}
    for (account, model, denominator), units in amounts.items():
        key = (account, model)
        total[key] = total.get(key, Fraction(0)) + Fraction(units, 10**15 * denominator)
    return {key: value for key, value in total.items() if value}


def _load(db: duckdb.DuckDBPyConnection, logs: Path, table: str) -> int:
    """Make a table of the good rows of a table's live files; return how many there are."""
    db.execute("CREATE TABLE {} ({})".format(table, ", ".join(map(_typed, COLUMNS[table]))))
    for form, files in _live(db, logs, table).items():
        columns = dict.fromkeys(COLUMNS[table], "VARCHAR")
        source = READERS[form].format(files=files, columns=columns)
        there = {row[0] for row in _all(db, f"DESCRIBE SELECT * FROM {source}")}
        wanted = [
            f'try_cast("{c}" AS {_kind(c)})' if c in there else "NULL" for c in COLUMNS[table]
        ]
        db.execute(f"INSERT INTO {table} SELECT {', '.join(wanted)} FROM {source}")
    db.execute(f"DELETE FROM {table} WHERE NOT coalesce({GOOD[table]}, false)")
    return int(_all(db, f"SELECT count(*) FROM {table}")[0][0])


def _typed(column: str) -> str:
    return f'"{column}" {_kind(column)}'


def _kind(column: str) -> str:
    if column in TIMES:
        return "TIMESTAMPTZ"
    if column in AMOUNTS:
        return "DECIMAL(38, 15)"
    return "BIGINT" if column in COUNTS else "VARCHAR"


def _live(db: duckdb.DuckDBPyConnection, logs: Path, table: str) -> dict[str, list[str]]:
    """Files by format, without replaced deliveries and second copies."""
    single = [p for p in logs.glob(f"{table}.*") if p.is_file()]
    files = sorted(p for p in (*single, *(logs / table).rglob("*")) if p.is_file())
    last: dict[tuple[str, str], str] = {}
    for found in (DELIVERY.match(_name(p, logs)) for p in files):
        if found:
            key = (found[2], found[3])
            last[key] = max(last.get(key, ""), found[1] or "")
    seen: set[str] = set()
    live: dict[str, list[str]] = {}
    for path in files:
        found = DELIVERY.match(_name(path, logs))
        digest = _all(db, f"SELECT sha256(content) FROM read_blob('{path}')")[0][0]
        if (found and (found[1] or "") != last[found[2], found[3]]) or digest in seen:
            continue
        seen.add(digest)
        form = path.name.split(".")[1].replace("ndjson", "jsonl")
        live.setdefault(form, []).append(str(path))
    return live


def _name(path: Path, logs: Path) -> str:
    return path.relative_to(logs).as_posix()


def product(logs: Path, as_of: datetime | None = None) -> Books:
    """The same books as the product makes them."""
    import polars as pl

    from detector import read_logs
    from features.catalogue import Catalogue
    from features.rollups import complete, merge, rollup
    from features.totals import tokens

    held, catalogue = read_logs(logs, as_of), Catalogue.load()
    tables = [t for t in COLUMNS if t in held]
    moment = held.as_of
    parts = [rollup(t, part, moment, catalogue) for t in tables for part in held.parts(t)]
    rolled = complete(merge(parts), tables, moment, catalogue)
    usage = rolled["usage"]
    used = usage.filter(~pl.col("idle") & pl.col("gpu_model").is_not_null())
    keys = ["account_id", "gpu_model", "denominator"]
    gpus = used.group_by(keys).agg(pl.col("gpu_amount").sum()).rows()
    money = usage.group_by("account_id", "currency").agg(pl.col("cost").sum()).rows()
    return {
        "rows": {t: held.counts[t].ok if t in held else 0 for t in COLUMNS},
        "gpus": _fractions({(a, m, d): int(Fraction(v) * 10**15) for a, m, d, v in gpus}),
        "tokens": {a: (i, o) for a, i, o in tokens(rolled, ["account_id"]).rows() if i or o},
        "money": {(a, c): Fraction(v) for a, c, v in money},
    }


def compared(theirs: Books, ours: Books) -> list[str]:
    """Every figure in which two sets of books differ, as a sentence."""
    return [
        f"{book} of {key}: DuckDB {theirs[book].get(key)}, the product {ours[book].get(key)}"
        for book in theirs
        for key in sorted({*theirs[book], *ours[book]}, key=str)
        if theirs[book].get(key) != ours[book].get(key)
    ]


def differences(logs: Path, as_of: datetime | None = None) -> list[str]:
    """What differs between the books of DuckDB and of the product."""
    return compared(oracle(logs, as_of), product(logs, as_of))


def main() -> None:
    """Compare one folder."""
    logs = Path(sys.argv[1])
    found = differences(logs)
    print("\n".join(found) or f"{logs}: all figures are equal.")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
