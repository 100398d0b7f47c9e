"""Files of every form that the readers know, and what chance or malice makes of them."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

Mutation = Callable[[bytes, bytes, random.Random], bytes]
_ROWS: Final = 40
_NUMBER: Final = re.compile(rb"\d{1,20}")
_MOST_BYTES: Final = 4 << 20
"""A mutant is no longer than this: what a megabyte costs is what is asked."""
_EXTREMES: Final = (
    b"9" * 40, b"-1", b"1e308", b"NaN", b"0", b"18446744073709551616", b"9999-12-31T23:59:59Z",
    b"0001-01-01", b"\xef\xbc\x91", b"", b"null", b"1" * 5_000,
)  # fmt: skip


def seeds() -> Mapping[str, bytes]:
    """Sound files by the ending of their path: ``TABLE/*.EXT``."""
    usage, events, trail = _usage(), _events(), json.dumps({"Records": _trail()}).encode()
    made = {
        "usage/*.csv": _csv(usage), "usage/*.csv.gz": gzip.compress(_csv(usage), mtime=0),
        "usage/*.csv.zst": pa.Codec("zstd").compress(_csv(usage), asbytes=True),
        "usage/*.jsonl": _lines(usage), "usage/*.jsonl.gz": gzip.compress(_lines(usage), mtime=0),
        "usage/*.json": json.dumps(usage).encode(),
        "usage/*.parquet": _parquet(usage), "usage/*.zstd.parquet": _parquet(usage, "zstd"),
        "usage/*.nested.parquet": _nested(usage), "usage/*.cur.csv": _csv(_cost_report()),
        "usage/*.cur.parquet": _parquet(_cost_report(), "gzip"),
        "events/*.csv": _csv(events), "events/*.parquet": _parquet(events),
        "events/*.ocsf.parquet": _parquet(_ocsf()), "events/*.ocsf.jsonl": _lines(_ocsf()),
        "events/*.trail.json": trail, "events/*.trail.json.gz": gzip.compress(trail, mtime=0),
        "events/*.audit.ndjson": _lines(_audit()),
        "events/*.activity.json": json.dumps({"records": _activity()}, indent=1).encode(),
        "model_usage/*.bedrock.jsonl": _lines(_bedrock()),
        "gpu_telemetry/*.2026-03-01T00-00-00Z.prom": _scrape(),
        "gpu_telemetry/*.json": json.dumps(_range()).encode(),
        "payments/*.jsonl": _lines(_payments()), "labels/*.csv": _csv(_labels()),
        "tenders/*.json": json.dumps(_tenders()).encode(),
        "entity_owners/*.json": json.dumps(_owners()).encode(),
    }  # fmt: skip
    return dict(sorted(made.items()))


def mutants(number: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many damaged files: a path, and what stands in it; the same for the same seed."""
    whole = seeds()
    names = list(whole)
    for at in range(number):
        draw = random.Random(f"{seed} {at}")  # noqa: S311 - the same for the same seed
        name = names[at % len(names)]
        data = whole[name]
        kinds = draw.sample(list(MUTATIONS), draw.choice((1, 1, 1, 2)))
        for kind in kinds:
            data = MUTATIONS[kind](data, whole[draw.choice(names)], draw)[:_MOST_BYTES]
        yield name.replace("*", f"{at:05d}-{'-'.join(kinds)}"), data


def _flips(data: bytes, _other: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 2, 5, 20))):
        if changed:
            changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _cut(data: bytes, _other: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] if draw.random() < 0.7 else data[at:]


def _spliced(data: bytes, other: bytes, draw: random.Random) -> bytes:
    at, begin = draw.randrange(len(data) + 1), draw.randrange(len(other) + 1)
    return data[:at] + other[begin : begin + draw.randrange(1, 2_000)] + data[at:]


def _repeated(data: bytes, _other: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    block = data[at : at + draw.choice((1, 3, 50, 1_000))] or b" "
    times = draw.choice((10, 1_000, 200_000))
    return data[:at] + block * min(times, _MOST_BYTES // len(block)) + data[at:]


def _ending(data: bytes, _other: bytes, draw: random.Random) -> bytes:
    """Lie where a file says what it holds: a footer, sizes, checksums."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 3, 10))):
        at = len(changed) - 1 - draw.randrange(min(len(changed), 1_500)) if changed else 0
        if changed:
            changed[at] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, changed[at] ^ 1, changed[at] ^ 0x80))
    return bytes(changed)


def _extreme(data: bytes, _other: bytes, draw: random.Random) -> bytes:
    found = list(_NUMBER.finditer(data))
    for number in sorted(draw.sample(found, min(len(found), 5)), key=lambda m: -m.start()):
        data = data[: number.start()] + draw.choice(_EXTREMES) + data[number.end() :]
    return data


def _encoded(data: bytes, _other: bytes, draw: random.Random) -> bytes:
    text = data.decode("latin-1")
    form = draw.choice(("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "utf-7", "crlf", "nul"))
    if form == "crlf":
        return data.replace(b"\n", b"\r")
    return data.replace(b",", b"\0,") if form == "nul" else text.encode(form)


def _deep(data: bytes, _other: bytes, draw: random.Random) -> bytes:
    at = draw.choice([m.start() for m in re.finditer(rb"[:,]", data)] or [0]) + 1
    mark = draw.choice((b"[", b'{"a":', b'"', b"\\", b"\\u0000"))
    return data[:at] + mark * draw.choice((100, 2_000, 100_000)) + data[at:]


def _wide(data: bytes, _other: bytes, draw: random.Random) -> bytes:
    head, _, rest = data.partition(b"\n")
    many = b",".join(b'"c%d":%d' % (n, n) if head[:1] == b"{" else b"c%d" % n
                     for n in range(draw.choice((300, 30_000))))  # fmt: skip
    wider = b"{" + many + b"," + head[1:] if head[:1] == b"{" else head + b"," + many
    return wider + b"\n" + rest


MUTATIONS: Final[Mapping[str, Mutation]] = {
    "flips": _flips, "cut": _cut, "spliced": _spliced, "repeated": _repeated, "ending": _ending,
    "extreme": _extreme, "encoded": _encoded, "deep": _deep, "wide": _wide,
}  # fmt: skip


def _at(hour: int) -> str:
    return f"{datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}"


def _usage() -> list[dict[str, Any]]:
    return [
        {"ChargePeriodStart": _at(n), "ChargePeriodEnd": _at(n + 1),
         "BillingAccountId": f"a{n % 4}", "ChargeCategory": "Usage", "ServiceName": "Compute",
         "ConsumedQuantity": f"{n}.5", "ConsumedUnit": "Hours", "SkuMeter": "p5.48xlarge",
         "EffectiveCost": "3.25", "BillingCurrency": "USD", "Tags": json.dumps({"team": f"t{n}"})}
        for n in range(_ROWS)
    ]  # fmt: skip


def _events() -> list[dict[str, Any]]:
    return [
        {"time": _at(n), "account_id": f"a{n % 4}", "class_uid": 6003, "operation": "RunInstances",
         "actor_uid": f"p{n % 3}", "src_ip_hash": f"i{n % 5}", "src_country": "QQ"}
        for n in range(_ROWS)
    ]  # fmt: skip


def _cost_report() -> list[dict[str, Any]]:
    return [
        {"line_item_usage_start_date": _at(n), "line_item_usage_end_date": _at(n + 1),
         "line_item_usage_account_id": f"{n % 4:012d}", "bill_payer_account_id": "000000000009",
         "line_item_line_item_type": "Usage", "line_item_product_code": "AmazonEC2",
         "line_item_usage_amount": f"{n}.25", "line_item_usage_type": "BoxUsage:p5.48xlarge",
         "pricing_unit": "Hrs", "line_item_unblended_cost": "1.5",
         "line_item_currency_code": "USD", "product_instance_type": "p5.48xlarge"}
        for n in range(_ROWS)
    ]  # fmt: skip


def _trail() -> list[dict[str, Any]]:
    return [
        {"eventVersion": "1.09", "eventID": f"e{n}", "eventTime": _at(n), "awsRegion": "eu-west-1",
         "eventSource": "ec2.amazonaws.com", "eventName": "RunInstances",
         "sourceIPAddress": "203.0.113.7", "recipientAccountId": "000123456789",
         "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::000123456789:user/ana"},
         "requestParameters": {"instanceType": "p5.48xlarge"}, "eventType": "AwsApiCall"}
        for n in range(_ROWS)
    ]  # fmt: skip


def _audit() -> list[dict[str, Any]]:
    payload = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "status": {},
        "authenticationInfo": {"principalEmail": "ana@corp.example"},
        "serviceName": "compute.googleapis.com", "methodName": "v1.compute.instances.insert",
        "resourceName": "projects/p-1/zones/z/instances/x",
    }  # fmt: skip
    return [
        {"protoPayload": payload, "timestamp": _at(n), "insertId": f"i{n}",
         "resource": {"type": "gce_instance", "labels": {"project_id": "p-1"}},
         "logName": "projects/p-1/logs/cloudaudit.googleapis.com%2Factivity"}
        for n in range(_ROWS)
    ]  # fmt: skip


def _activity() -> list[dict[str, Any]]:
    return [
        {"time": _at(n), "resourceId": "/SUBSCRIPTIONS/64E355D7/RESOURCEGROUPS/RG/PROVIDERS/X",
         "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE", "category": "Administrative",
         "resultType": "Success", "callerIpAddress": "203.0.113.7", "correlationId": f"c{n}",
         "identity": {"authorization": {"scope": "/subscriptions/64e355d7"}}}
        for n in range(_ROWS)
    ]  # fmt: skip


def _ocsf() -> list[dict[str, Any]]:
    return [
        {"metadata": {"version": "1.1.0", "product": {"name": "CloudTrail"}, "uid": f"u{n}"},
         "class_uid": 6003, "activity_id": 1, "time": 1_772_323_200_000 + n, "status_id": 1,
         "cloud": {"account": {"uid": "000123456789"}, "region": "eu-west-1", "provider": "AWS"},
         "user": {"uid": "u-1", "name": "ana@corp.example", "type": "User"},
         "src_endpoint": {"ip": "203.0.113.7", "location": {"country": "QQ"}},
         "api": {"operation": "RunInstances", "service": {"name": "ec2.amazonaws.com"}}}
        for n in range(_ROWS)
    ]  # fmt: skip


def _bedrock() -> list[dict[str, Any]]:
    return [
        {"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": _at(n),
         "accountId": "000123456789", "region": "us-east-1", "requestId": f"r{n}",
         "operation": "Converse", "modelId": "anthropic.claude-3-haiku-20240307-v1:0",
         "identity": {"arn": "arn:aws:iam::000123456789:user/ana"},
         "input": {"inputTokenCount": n, "inputBodyJson": {"messages": []}},
         "output": {"outputTokenCount": 2 * n}}
        for n in range(_ROWS)
    ]  # fmt: skip


def _scrape() -> bytes:
    gpu = 'gpu="0",UUID="GPU-{n}",modelName="NVIDIA H100",Hostname="node{n}"'
    lines = ["# HELP DCGM_FI_DEV_GPU_UTIL use", "# TYPE DCGM_FI_DEV_GPU_UTIL gauge"]
    lines += [f"DCGM_FI_DEV_GPU_UTIL{{{gpu.format(n=n)}}} {n}" for n in range(_ROWS)]
    return "\n".join([*lines, "# EOF", ""]).encode()


def _range() -> dict[str, Any]:
    series = [
        {"metric": {"__name__": "DCGM_FI_DEV_GPU_UTIL", "UUID": f"GPU-{n}", "Hostname": "n"},
         "values": [[1_772_323_200 + 60 * k, str(k)] for k in range(5)]}
        for n in range(8)
    ]  # fmt: skip
    return {"status": "success", "data": {"resultType": "matrix", "result": series}}


def _payments() -> list[dict[str, Any]]:
    return [
        {"time": _at(n), "account_id": f"a{n % 4}", "kind": "top_up", "amount": f"{n}.05",
         "currency": "USD"} for n in range(_ROWS)
    ]  # fmt: skip


def _labels() -> list[dict[str, Any]]:
    return [
        {"account_id": f"a{n}", "decision": "cleared", "decided_at": _at(n)} for n in range(_ROWS)
    ]


def _tenders() -> dict[str, Any]:
    releases = [
        {"ocid": f"ocds-x-{n}", "id": f"{n}", "date": _at(n), "tag": ["tender"],
         "buyer": {"id": "b1", "name": "Quillmere University"},
         "tender": {"id": f"t{n}", "title": "GPUs", "value": {"amount": n, "currency": "CNY"}}}
        for n in range(_ROWS)
    ]  # fmt: skip
    return {"uri": "x", "version": "1.1", "publisher": {"name": "p"}, "releases": releases}


def _owners() -> list[dict[str, Any]]:
    entities = [
        {"statementID": f"e{n}", "statementType": "entityStatement", "name": f"Orlan {n}",
         "entityType": "registeredEntity"} for n in range(8)
    ]  # fmt: skip
    owned = [
        {"statementID": f"o{n}", "statementType": "ownershipOrControlStatement",
         "subject": {"describedByEntityStatement": f"e{n}"}, "statementDate": "2026-01-01",
         "interestedParty": {"describedByEntityStatement": f"e{n + 1}"},
         "interests": [{"type": "shareholding", "share": {"exact": 60}}]}
        for n in range(7)
    ]  # fmt: skip
    return [*entities, *owned]


def _csv(rows: list[dict[str, Any]]) -> bytes:
    return pl.DataFrame(rows).write_csv().encode()


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _parquet(rows: list[dict[str, Any]], codec: str = "snappy") -> bytes:
    return _written(pa.Table.from_pylist(rows), compression=codec)


def _nested(rows: list[dict[str, Any]]) -> bytes:
    """Tags as a map, times of a zone, decimals and categories: what typed exports hold."""
    table = pa.Table.from_pylist([{k: v for k, v in r.items() if k != "Tags"} for r in rows])
    tags = pa.array([[("team", f"t{n}")] for n in range(len(rows))],
                    pa.map_(pa.string(), pa.string()))  # fmt: skip
    start = pa.array(range(len(rows)), pa.int64()).cast(pa.timestamp("us", "+05:30"))
    meter = table["SkuMeter"].combine_chunks().dictionary_encode()
    table = table.append_column("Tags", tags).append_column("x_start", start)
    return _written(table.set_column(table.schema.get_field_index("SkuMeter"), "SkuMeter", meter))


def _written(table: pa.Table, **how: Any) -> bytes:
    buffer = BytesIO()
    pq.write_table(table, buffer, **how)
    return buffer.getvalue()
