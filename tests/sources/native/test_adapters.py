"""Native logs in the shape their vendors document; each case names the document."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detector.sources import read_logs

Put = Callable[[str, str | bytes], Path]
CANARY = "canary words that a person wrote"
PLAIN = ("203.0.113.7", "Mozilla/5.0", "AKIAIOSFODNN7EXAMPLE", "ana@corp.example")

# AWS CloudTrail User Guide, "CloudTrail record contents"; RunInstances log entry of the
# Amazon EC2 API Reference, "Log Amazon EC2 API calls using AWS CloudTrail".
CLOUDTRAIL = {
    "eventVersion": "1.09",
    "userIdentity": {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:ana",
        "arn": "arn:aws:sts::000123456789:assumed-role/ops/ana",
        "accountId": "000123456789",
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "attributes": {"mfaAuthenticated": "true", "creationDate": "2026-01-02T02:00:00Z"}
        },
    },
    "eventTime": "2026-01-02T03:04:05Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "RunInstances",
    "awsRegion": "eu-west-1",
    "sourceIPAddress": "203.0.113.7",
    "userAgent": "Mozilla/5.0",
    "requestParameters": {
        "instancesSet": {"items": [{"imageId": "ami-1", "minCount": 1, "maxCount": 4}]},
        "instanceType": "p5.48xlarge",
        "userData": CANARY,
    },
    "responseElements": None,
    "eventType": "AwsApiCall",
    "recipientAccountId": "000123456789",
}
# Google Cloud, "Understanding audit logs" and AuditLog reference.
GCP = {
    "protoPayload": {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "status": {},
        "authenticationInfo": {"principalEmail": "ana@corp.example"},
        "requestMetadata": {
            "callerIp": "203.0.113.7",
            "callerSuppliedUserAgent": "Mozilla/5.0",
        },
        "serviceName": "compute.googleapis.com",
        "methodName": "v1.compute.instances.insert",
        "resourceName": "projects/p-1/zones/us-central1-a/instances/x",
        "request": {
            "machineType": "projects/p-1/zones/us-central1-a/machineTypes/a3-highgpu-8g",
            "metadata": {"items": [{"value": CANARY}]},
        },
    },
    "resource": {"type": "gce_instance", "labels": {"project_id": "p-1", "zone": "us-central1-a"}},
    "timestamp": "2026-01-02T03:04:05.678Z",
    "logName": "projects/p-1/logs/cloudaudit.googleapis.com%2Factivity",
}
# Microsoft Learn, "Azure activity log event schema", schema from storage account and event hubs.
AZURE = {
    "time": "2026-01-02T03:04:05.6782345Z",
    "resourceId": "/SUBSCRIPTIONS/64E355D7/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.COMPUTE/"
    "VIRTUALMACHINES/VM1",
    "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE",
    "category": "Administrative",
    "resultType": "Success",
    "resultSignature": "Succeeded.Created",
    "durationMs": 191,
    "callerIpAddress": "203.0.113.7",
    "correlationId": "c",
    "identity": {
        "authorization": {"scope": "/subscriptions/64e355d7"},
        "claims": {
            "http://schemas.microsoft.com/claims/authnmethodsreferences": "pwd,mfa",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "ana@corp.example",
        },
    },
    "level": "Information",
    "location": "global",
    "properties": {"requestbody": CANARY},
}
# The same page, schema of the REST API.
AZURE_REST = {
    "eventTimestamp": "2026-01-02T03:04:05Z",
    "resourceId": "/subscriptions/64e355d7/resourceGroups/rg/providers/Microsoft.Compute/"
    "virtualMachines/vm1",
    "operationName": {"value": "Microsoft.Compute/virtualMachines/write", "localizedValue": "x"},
    "status": {"value": "Succeeded", "localizedValue": "Succeeded"},
    "caller": "ana@corp.example",
    "httpRequest": {"clientIpAddress": "203.0.113.7", "method": "PUT"},
    "subscriptionId": "64e355d7",
}
# schema.ocsf.io 1.1, classes authentication (3002), account_change (3001), api_activity (6003).
OCSF_LOGIN = {
    "metadata": {"version": "1.1.0", "product": {"name": "CloudTrail"}},
    "class_uid": 3002,
    "activity_id": 1,
    "activity_name": "Logon",
    "time": 1767323045000,
    "status_id": 2,
    "cloud": {"account": {"uid": "000123456789"}, "region": "eu-west-1", "provider": "AWS"},
    "user": {"uid": "u-1", "name": "ana@corp.example", "type": "User"},
    "src_endpoint": {
        "ip": "203.0.113.7",
        "location": {"country": "IE"},
        "autonomous_system": {"number": 64500},
    },
    "http_request": {"user_agent": "Mozilla/5.0"},
    "is_mfa": True,
    "message": CANARY,
}
OCSF_CHANGE = {**OCSF_LOGIN, "class_uid": 3001, "activity_id": 10, "status_id": 1}
OCSF_CALL = {
    **OCSF_LOGIN,
    "class_uid": 6003,
    "status_id": 1,
    "api": {"operation": "Converse", "service": {"name": "bedrock.amazonaws.com"}},
}
# OpenAI API reference, "List audit logs".
OPENAI_AUDIT = {
    "object": "list",
    "data": [
        {
            "id": "audit_log-1",
            "type": "api_key.created",
            "effective_at": 1767323045,
            "project": {"id": "proj_abc", "name": CANARY},
            "actor": {
                "type": "session",
                "session": {
                    "user": {"id": "user-1", "email": "ana@corp.example"},
                    "ip_address": "203.0.113.7",
                    "user_agent": "Mozilla/5.0",
                    "ja4": "q13d",
                    "ip_address_details": {"country": "US", "asn": "64500"},
                },
            },
            "api_key.created": {"id": "key_1", "data": {"scopes": ["resource.operation"]}},
        }
    ],
    "has_more": False,
}
# Claude Platform documentation, "Activity Feed".
ANTHROPIC_ACTIVITY = {
    "data": [
        {
            "id": "activity_1",
            "created_at": "2026-01-02T03:04:05Z",
            "organization_id": "org_1",
            "organization_uuid": "abcdef01-2345-6789-abcd-ef0123456789",
            "actor": {
                "type": "user_actor",
                "email_address": "ana@corp.example",
                "user_id": "user_1",
                "ip_address": "203.0.113.7",
                "user_agent": "Mozilla/5.0",
            },
            "type": "platform_api_key_created",
            "filename": CANARY,
        }
    ],
    "has_more": False,
}
EVENTS = {
    "cloudtrail": (CLOUDTRAIL, "000123456789", "RunInstances", 6003),
    "cloudtrail-file": ({"Records": [CLOUDTRAIL]}, "000123456789", "RunInstances", 6003),
    "gcp": (GCP, "p-1", "RunInstances", 6003),
    "gcp-list": ([GCP], "p-1", "RunInstances", 6003),
    "azure": ({"records": [AZURE]}, "/subscriptions/64e355d7", "RunInstances", 6003),
    "azure-rest": ({"value": [AZURE_REST]}, "/subscriptions/64e355d7", "RunInstances", 6003),
    "ocsf-3002": (OCSF_LOGIN, "000123456789", "ConsoleLogin", 3002),
    "ocsf-3001": (OCSF_CHANGE, "000123456789", "EnableMFADevice", 3001),
    "ocsf-6003": (OCSF_CALL, "000123456789", "InvokeModel", 6003),
    "openai": (OPENAI_AUDIT, "proj_abc", "CreateAccessKey", 6003),
    "anthropic": (ANTHROPIC_ACTIVITY, "org_1", "CreateAccessKey", 6003),
}


@pytest.mark.parametrize("form", ["events.jsonl", "events.json", "events.json.gz", "pretty"])
@pytest.mark.parametrize("name", EVENTS)
def test_events(put: Put, folder: Path, name: str, form: str) -> None:
    document, account, operation, class_uid = EVENTS[name]
    content = json.dumps(document, indent=2 if form == "pretty" else None).encode()
    target = "events/a/b.json" if form == "pretty" else form
    put(target, gzip.compress(content) if form.endswith(".gz") else content)
    logs = read_logs(folder, hash_key=b"k")
    events = logs["events"].collect()
    row = events.row(0, named=True)
    assert events.height == 1
    assert (row["account_id"], row["operation"], row["class_uid"]) == (
        account,
        operation,
        class_uid,
    )
    assert row["time"].replace(microsecond=0).isoformat() == "2026-01-02T03:04:05+00:00"
    assert row["src_ip_hash"] is not None
    assert row["actor_uid"] is not None
    assert logs.counts["events"].unmapped == 0
    output = events.write_json()
    assert CANARY not in output
    assert not [value for value in PLAIN if value in output]


def test_details_of_a_launch(put: Put, folder: Path) -> None:
    put("events.jsonl", json.dumps(CLOUDTRAIL))
    row = read_logs(folder)["events"].collect().row(0, named=True)
    assert row["instance_type"] == "p5.48xlarge"
    assert row["resource_count"] == 4
    assert (row["mfa"], row["status"], row["service"]) == (True, "success", "ec2")


def test_an_operation_that_only_started_is_not_counted_twice(put: Put, folder: Path) -> None:
    put("events.jsonl", "\n".join(map(json.dumps, [{**AZURE, "resultType": "Start"}, AZURE])))
    logs = read_logs(folder)
    operations = logs["events"].collect()["operation"].to_list()
    assert operations == ["microsoft.compute/virtualmachines/write", "RunInstances"]
    assert logs.counts["events"].unmapped == 1


def test_pseudonyms_depend_on_the_key_alone(put: Put, folder: Path) -> None:
    put("events.jsonl", "\n".join(map(json.dumps, [CLOUDTRAIL, CLOUDTRAIL])))

    def addresses(key: bytes) -> list[str]:
        return read_logs(folder, hash_key=key)["events"].collect()["src_ip_hash"].to_list()

    first = addresses(b"one")
    assert first[0] == first[1]
    assert addresses(b"one") == first
    assert addresses(b"two") != first
    assert addresses(b"") == addresses(b"")


def test_lines_that_are_not_the_log_are_set_aside_without_their_content(
    put: Put, folder: Path
) -> None:
    broken = '{"eventName": "' + CANARY
    other = json.dumps({"message": CANARY})
    put("events.jsonl", "\n".join([json.dumps(CLOUDTRAIL), broken, other, "[1]", "", "7"]))
    logs = read_logs(folder, max_bad=1.0)
    counts = logs.validate()["events"]
    assert (counts.read, counts.ok, counts.quarantined) == (5, 1, 4)
    assert logs.quarantine["row"].to_list() == [2, 3, 4, 5]
    assert CANARY not in logs.quarantine.write_json()


# Amazon Bedrock User Guide, "Monitor model invocation using CloudWatch Logs and Amazon S3".
BEDROCK = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": "2026-01-02T03:04:05Z",
    "accountId": "000123456789",
    "identity": {"arn": "arn:aws:iam::000123456789:user/ana"},
    "region": "us-east-1",
    "requestId": "r",
    "operation": "ConverseStream",
    "modelId": "anthropic.claude-3",
    "input": {
        "inputContentType": "application/json",
        "inputBodyJson": {"messages": [{"role": "user", "content": [{"text": CANARY}]}]},
        "inputTokenCount": 10,
        "cacheReadInputTokenCount": 5,
    },
    "output": {
        "outputContentType": "application/json",
        "outputBodyJson": {"output": {"message": {"content": [{"text": CANARY}]}}},
        "outputTokenCount": 7,
    },
}
# OpenAI API reference, "Usage: completions".
OPENAI_USAGE = {
    "object": "page",
    "data": [
        {
            "object": "bucket",
            "start_time": 1767322800,
            "end_time": 1767326400,
            "results": [
                {
                    "object": "organization.usage.completions.result",
                    "input_tokens": 15,
                    "output_tokens": 7,
                    "input_cached_tokens": 5,
                    "num_model_requests": 3,
                    "project_id": "proj_abc",
                    "user_id": "user-1",
                    "api_key_id": "key_1",
                    "model": "gpt-5",
                    "batch": None,
                }
            ],
        }
    ],
    "has_more": False,
}
# Claude Admin API reference, "Get Messages Usage Report".
ANTHROPIC_USAGE = {
    "data": [
        {
            "starting_at": "2026-01-02T03:00:00Z",
            "ending_at": "2026-01-02T04:00:00Z",
            "results": [
                {
                    "uncached_input_tokens": 6,
                    "cache_creation": {
                        "ephemeral_1h_input_tokens": 1,
                        "ephemeral_5m_input_tokens": 3,
                    },
                    "cache_read_input_tokens": 5,
                    "output_tokens": 7,
                    "server_tool_use": {"web_search_requests": 10},
                    "api_key_id": "apikey_1",
                    "workspace_id": "wrkspc_1",
                    "model": "claude-sonnet-4",
                    "service_tier": "standard",
                }
            ],
        }
    ],
    "has_more": True,
    "next_page": "page_x",
}


@pytest.mark.parametrize("form", ["model_usage.jsonl", "model_usage.json"])
@pytest.mark.parametrize(
    ("document", "account", "requests"),
    [
        (BEDROCK, "000123456789", 1),
        (OPENAI_USAGE, "proj_abc", 3),
        (ANTHROPIC_USAGE, "wrkspc_1", 0),
    ],
)
def test_model_usage(
    put: Put, folder: Path, document: Any, account: str, requests: int, form: str
) -> None:
    put(form, json.dumps(document))
    usage = read_logs(folder)["model_usage"].collect()
    row = usage.row(0, named=True)
    assert (row["account_id"], row["requests"]) == (account, requests)
    assert (row["input_tokens"], row["cached_tokens"], row["output_tokens"]) == (15, 5, 7)
    assert row["start"].isoformat() == "2026-01-02T03:00:00+00:00"
    assert row["end"].isoformat() == "2026-01-02T04:00:00+00:00"
    assert row["key_hash"] is not None
    assert CANARY not in usage.write_json()


def test_usage_without_a_project_is_quarantined(put: Put, folder: Path) -> None:
    bucket = {**OPENAI_USAGE["data"][0]}  # type: ignore[dict-item, index]
    bucket["results"] = [{**bucket["results"][0], "project_id": None}]
    put("model_usage.jsonl", json.dumps(bucket))
    logs = read_logs(folder, max_bad=1.0)
    logs.validate()
    (reason,) = logs.quarantine["reason"]
    assert "names no project: ask for group_by project_id and model" in reason


# Prometheus documentation, "HTTP API: Range queries"; labels of NVIDIA's dcgm-exporter README.
QUERY_RANGE = {
    "status": "success",
    "data": {
        "resultType": "matrix",
        "result": [
            {
                "metric": {
                    "__name__": "DCGM_FI_DEV_GPU_UTIL",
                    "UUID": "GPU-1",
                    "Hostname": "node-1",
                    "modelName": "NVIDIA H100 80GB HBM3",
                    "gpu": "0",
                },
                "values": [[1767323045, "97"], [1767323060.5, "NaN"], [1767323075, "3"]],
            }
        ],
    },
}


@pytest.mark.parametrize("name", ["gpu_telemetry.json", "gpu_telemetry.jsonl"])
def test_query_range(put: Put, folder: Path, name: str) -> None:
    put(name, json.dumps(QUERY_RANGE))
    samples = read_logs(folder)["gpu_telemetry"].collect()
    assert samples["value"].to_list() == [97.0, None, 3.0]
    assert samples["time"][1].isoformat() == "2026-01-02T03:04:20.500000+00:00"
    assert samples["gpu_model"].unique().to_list() == ["NVIDIA H100 80GB HBM3"]
    assert samples["instance_id"].unique().to_list() == ["node-1"]


# NVIDIA dcgm-exporter README, "Metrics"; Prometheus documentation, "Exposition formats".
SCRAPE = """# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1",modelName="A \\"B\\" {C}",Hostname="n"} 97 1767323045000
DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-1",Hostname="node-1"} 1.5e2
DCGM_FI_DEV_FB_FREE{gpu="0",UUID="GPU-1",Hostname="node-1"} 9223372036854775807
this is not a sample
"""


def test_scrape(put: Put, folder: Path) -> None:
    put("gpu_telemetry/node-1_20260102T030400Z.txt", SCRAPE)
    logs = read_logs(folder, max_bad=1.0)
    samples = logs["gpu_telemetry"].collect()
    assert samples["value"].to_list() == [97.0, 150.0, None]
    assert samples["gpu_model"].to_list() == ['A "B" {C}', None, None]
    assert [t.strftime("%H:%M:%S") for t in samples["time"]] == ["03:04:05", "03:04:00", "03:04:00"]
    assert logs.quarantine["row"].to_list() == [4]


def test_a_scrape_without_any_time_is_quarantined(put: Put, folder: Path) -> None:
    put("gpu_telemetry.prom", SCRAPE)
    logs = read_logs(folder, max_bad=1.0)
    assert logs.validate()["gpu_telemetry"].ok == 1
    assert "time" in logs.quarantine["column"].to_list()


def test_json_that_is_no_known_log(put: Put, folder: Path) -> None:
    put("events.json", '{"hello": [1, 2]}')
    with pytest.raises(Exception, match=r"events.json is no known native log of events"):
        read_logs(folder).validate()


# AWS Data Exports User Guide, "Cost and Usage Report (CUR) 2.0" table dictionary.
CUR = pl.DataFrame(
    {
        "bill_payer_account_id": ["000000000001"] * 5,
        "line_item_usage_account_id": ["000000000002"] * 5,
        "line_item_line_item_type": [
            "Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "RIFee", "EdpDiscount",
        ],
        "line_item_usage_start_date": [datetime(2026, 1, 2, 3)] * 5,
        "line_item_usage_end_date": [datetime(2026, 1, 2, 4)] * 5,
        "line_item_product_code": ["AmazonEC2"] * 5,
        "line_item_usage_type": ["USW2-SpotUsage:p5.48xlarge"] + ["USW2-BoxUsage:p5.48xlarge"] * 4,
        "line_item_operation": ["RunInstances"] * 5,
        "line_item_usage_amount": [1.0, 2.0, 3.0, 0.0, 0.0],
        "pricing_unit": ["Hrs", "Hrs", "Hrs", None, None],
        "line_item_unblended_cost": [10.1, 0.0, 30.0, 5.0, -1.0],
        "reservation_effective_cost": [0.0, 7.5, 0.0, 0.0, 0.0],
        "savings_plan_savings_plan_effective_cost": [0.0, 0.0, 8.5, 0.0, 0.0],
        "line_item_currency_code": ["USD"] * 5,
        "product_instance_type": ["p5.48xlarge"] * 5,
        "resource_tags": [[{"key": "user_team", "value": "a"}]] * 5,
    }
)  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl", "old.csv"])
def test_cost_and_usage_report(folder: Path, form: str) -> None:
    (folder / "usage.csv").unlink()
    (folder / "usage").mkdir()
    flat = CUR.with_columns(
        pl.col("resource_tags").list.first().struct.field("value").alias("resource_tags"),
        pl.col("^line_item_usage_(start|end)_date$").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    match form:
        case "csv":
            flat.write_csv(folder / "usage/a.csv")
        case "old.csv":
            old = {c: c.replace("line_item_", "lineItem/", 1) for c in CUR.columns[1:]}
            flat.rename(old).write_csv(folder / "usage/a.csv")
        case "jsonl":
            flat.write_ndjson(folder / "usage/a.jsonl")
        case _:
            CUR.write_parquet(folder / "usage/a.parquet")
    usage = read_logs(folder)["usage"].collect()
    assert usage["ChargeCategory"].to_list() == ["Usage"] * 3 + ["Purchase", "Credit"]
    assert usage["EffectiveCost"].cast(pl.Float64).to_list() == [10.1, 7.5, 8.5, 5.0, -1.0]
    assert usage["PricingCategory"].to_list()[:3] == ["Dynamic", "Committed", "Committed"]
    assert usage["SubAccountId"].unique().to_list() == ["000000000002"]
    assert usage["ResourceType"].unique().to_list() == ["p5.48xlarge"]
    assert usage["ServiceName"].unique().to_list() == ["AmazonEC2"]
    if form == "parquet":
        assert usage["Tags"][0] == '{"user_team":"a"}'
