import json
import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import MAPPED_SCHEMA, ROW_COLUMNS, Catalogue, CatalogueError
from tests.examples import examples

CATALOGUE = Catalogue.load()
SCHEMA = dict.fromkeys(ROW_COLUMNS, pl.String)
SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "focus" / "focus_sample_1.0.csv"


def frame(*rows):
    return pl.DataFrame([dict.fromkeys(ROW_COLUMNS) | r for r in rows], schema=SCHEMA)


def mapped(**texts):
    return CATALOGUE.map_skus(frame(texts)).row(0, named=True)


def meter(text, unit="Hours", **more):
    return mapped(SkuMeter=text, ConsumedUnit=unit, **more)


def details(**values):
    return json.dumps(values)


@pytest.mark.parametrize(
    ("text", "unit", "part", "num", "den", "confidence"),
    [
        # AWS usage types
        ("USE1-BoxUsage:p4d.24xlarge", "Hrs", "A100-40GB", 8, 1, 1.0),
        ("EU-SpotUsage:p5.48xlarge", "Seconds", "H100-SXM", 1, 450, 1.0),
        ("DedicatedUsage:p4de.24xlarge", "Instance-Hours", "A100-80GB", 8, 1, 1.0),
        ("HostBoxUsage:g6e.48xlarge", "Hours", "L40S", 8, 1, 1.0),
        ("USE1-Train:ml.p4d.24xlarge", "Hrs", "A100-40GB", 8, 1, 1.0),
        ("USE1-Host:ml.g5.xlarge", "Hrs", "A10G", 1, 1, 1.0),
        ("BoxUsage:g6f.large", "Minutes", "L4", 1, 480, 1.0),
        # Azure meters
        ("ND96asr A100 v4", "1 Hour", "A100-40GB", 8, 1, 1.0),
        ("NC24ads A100 v4 Low Priority", "100 Hours", "A100-80GB", 100, 1, 1.0),
        ("NC40ads H100 v5 Spot", "Hours", "H100-NVL", 1, 1, 1.0),
        ("Standard_ND96isr_MI300X_v5", "Hours", "MI300X", 8, 1, 1.0),
        ("NV6ads A10 v5", "Hours", "A10", 1, 6, 1.0),
        ("NC6s v3/NC6s v3 Spot", "Hours", "V100-16GB", 1, 1, 1.0),
        # GCP descriptions: one unit is one GPU's time
        ("Nvidia Tesla A100 GPU running in Americas", "seconds", "A100-40GB", 1, 3600, 0.7),
        ("Nvidia Tesla A100 80GB GPU running in EMEA", "hour", "A100-80GB", 1, 1, 0.7),
        ("Nvidia H100 80GB Plus GPU running in Americas", "hour", "H100-SXM", 1, 1, 0.7),
        ("H200 141GB GPU running in Belgium", "hour", "H200", 1, 1, 0.7),
        ("A4 Nvidia B200 (1 gpu slice) running in Netherlands", "hour", "B200", 1, 1, 0.7),
        ("Nvidia L4 GPU attached to Spot Preemptible VMs running in Iowa", "hour", "L4", 1, 1, 0.7),
        ("RTX 6000 96GB running in Oregon", "hour", "RTXPRO6000", 1, 1, 0.7),
        ("TPU v5e chip hours", "chip hours", "TPUv5e", 1, 1, 0.9),
        # OCI
        ("BM.GPU.H100.8", "Hours", "H100-SXM", 8, 1, 1.0),
        ("OCI - Compute - GPU.A100-v2", "GPU Per Hour", "A100-80GB", 1, 1, 0.9),
        ("BM.GPU.H100.8", "GPU-hours", "H100-SXM", 1, 1, 0.9),
        ("BM.GPU.H100.4", "Hours", "H100-SXM", 4, 1, 0.8),
        # CoreWeave, Lambda, RunPod
        ("gd-8xh100ib-i128", "Hours", "H100-SXM", 8, 1, 1.0),
        ("gd-4xh200ib-i64", "Hours", "H200", 4, 1, 0.8),
        ("gpu_8x_h100_sxm5", "Hours", "H100-SXM", 8, 1, 1.0),
        ("gpu_16x_h100_sxm6", "Hours", "H100-SXM", 16, 1, 0.8),
        ("8x_H100_SECURE", "Hours", "H100-SXM", 8, 1, 0.8),
        ("8x NVIDIA H100 SXM5", "Hours", "H100-SXM", 8, 1, 0.6),
        ("NVIDIA A100 80GB PCIe", "Hours", "A100-80GB", 1, 1, 0.5),
        ("NVIDIA GeForce RTX 4090", "Hours", "RTX4090", 1, 1, 0.5),
        ("NVIDIA L4 x86 PCIe x16", "Hours", "L4", 1, 1, 0.5),
    ],
)
def test_meters_of_each_cloud(text, unit, part, num, den, confidence):
    row = meter(text, unit)
    assert (row["kind"], row["gpu_part"]) == ("gpu", part)
    assert (row["gpu_num"], row["gpu_den"]) == (num, den)
    assert (row["mapping_confidence"], row["mapped_by"]) == (confidence, "SkuMeter")
    assert not row["unknown_instance"]


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ({"SkuMeter": "EBS of p4d.24xlarge", "ConsumedUnit": "GB-Months"}, "not a time"),
        ({"SkuMeter": "p4d.24xlarge"}, "no unit"),
        ({"SkuMeter": "EBSOptimized:p3.2xlarge", "ConsumedUnit": "Hrs"}, "a surcharge"),
        ({"SkuMeter": "UnusedBox:p4d.24xlarge", "ConsumedUnit": "Hrs"}, "reserved, not used"),
        ({"SkuMeter": "Reservation:p4d.24xlarge", "ConsumedUnit": "Hrs"}, "counted by BoxUsage"),
        ({"SkuMeter": "SoftwareUsage:p4d.24xlarge", "ConsumedUnit": "Hrs"}, "marketplace fee"),
        ({"SkuMeter": "HostUsage:p3", "ConsumedUnit": "Hrs"}, "counted by HostBoxUsage"),
        ({"SkuMeter": "BoxUsage:p4d.24xlarge", "ConsumedUnit": "Hrs",
          "ServiceName": "Amazon Elastic MapReduce"}, "a surcharge of the service"),
        ({"SkuMeter": "p4d.24xlarge", "ConsumedUnit": "Hours", "ServiceCategory": "Storage"},
         "a disk"),
        ({"SkuMeter": "A2 Instance Core running in Americas", "ConsumedUnit": "hour"}, "cores"),
        ({"SkuMeter": "A3 Instance Ram running in Americas", "ConsumedUnit": "hour"}, "memory"),
        ({"SkuMeter": "Commitment v1: Nvidia H100 80GB GPU running in Americas for 1 Year",
          "ConsumedUnit": "hour"}, "a commitment"),
        ({"SkuMeter": "L4 Load Balancer", "ConsumedUnit": "Hours"}, "not the GPU"),
        ({"SkuMeter": "$0.1 for a 100 GB volume", "ConsumedUnit": "Hours"}, "not the A100"),
        ({"SkuMeter": "per GB 200 included", "ConsumedUnit": "Hours"}, "not the GB200"),
        ({"SkuMeter": "BoxUsage:t4g.large", "ConsumedUnit": "Hours"}, "not the T4"),
        ({"SkuMeter": "BoxUsage:m5.xlarge", "ConsumedUnit": "Hours"}, "no accelerator"),
        ({"SkuMeter": "API token requests", "ConsumedUnit": "Units"}, "not a model's tokens"),
        ({}, "empty"),
    ],
)  # fmt: skip
def test_rows_beside_the_gpu_count_nothing(texts, why):
    row = mapped(**texts)
    assert row["kind"] == "other", why
    assert row["gpu_num"] is None
    assert not row["unknown_instance"], why


@pytest.mark.parametrize(
    "text",
    ["USE1-BoxUsage:p9.48xlarge", "ml.g9x.12xlarge", "trn7.metal-48xl", "ND96isr H900 v9",
     "Standard_NC12abc_X1_v7", "NC48adsX900v9", "a9-megagpu-8g", "g9-standard-48", "BM.GPU.X900.8",
     "gpu_8x_x900_sxm9", "Nvidia X900 GPU running in Americas"],
)  # fmt: skip
def test_an_instance_the_catalogue_lacks_is_counted_not_silent(text):
    row = meter(text)
    assert (row["kind"], row["unknown_instance"]) == ("other", True)


def test_the_first_column_that_can_be_mapped_decides():
    row = mapped(
        SkuPriceDetails=details(OperatingSystem="Linux"),
        SkuMeter="nothing here",
        ResourceType="Standard_ND96isr_H100_v5",
        ChargeDescription="p4d.24xlarge",
        SkuId="p4de.24xlarge",
        ConsumedUnit="Hours",
    )
    assert (row["gpu_part"], row["mapped_by"]) == ("H100-SXM", "ResourceType")


@pytest.mark.parametrize("key", ["InstanceType", "instanceType", "x_InstanceType", "VMSize"])
def test_price_details_name_the_instance(key):
    row = mapped(SkuPriceDetails=details(**{key: "p5.48xlarge"}), ConsumedUnit="Hours")
    assert (row["gpu_model"], row["gpu_num"], row["mapped_by"]) == ("H100", 8, "SkuPriceDetails")
    assert row["instance_type"] == "p5.48xlarge"


@pytest.mark.parametrize("column", ["ResourceType", "ChargeDescription", "SkuId"])
def test_each_column_can_decide(column):
    row = mapped(**{column: "gd-8xh100ib-i128", "ConsumedUnit": "Hours"})
    assert (row["gpu_model"], row["gpu_num"], row["mapped_by"]) == ("H100", 8, column)


def test_two_machines_in_one_text_lower_the_confidence():
    row = meter("NC24ads A100 v4/NC48ads A100 v4")
    assert (row["gpu_num"], row["mapping_confidence"]) == (1, 0.6)


def test_a_stated_count_goes_with_the_text_that_names_the_gpu():
    row = meter("NVIDIA A100 80GB PCIe", SkuPriceDetails=details(GpuCount=4))
    assert (row["gpu_num"], row["mapping_confidence"]) == (4, 0.8)


def test_a_stated_count_against_the_catalogue_lowers_the_confidence():
    row = mapped(
        SkuPriceDetails=details(InstanceType="p4d.24xlarge", GpuCount="4"), ConsumedUnit="Hours"
    )
    assert (row["gpu_num"], row["mapping_confidence"]) == (8, 0.6)


def test_a_gpu_row_of_a_machine_is_metered_per_gpu():
    machine = details(machineType="a2-highgpu-8g")
    gpu = meter("Nvidia Tesla A100 GPU running in Americas", "seconds", SkuPriceDetails=machine)
    assert (gpu["gpu_num"], gpu["gpu_den"]) == (1, 3600)
    core = meter("A2 Instance Core running in Americas", "seconds", SkuPriceDetails=machine)
    assert core["kind"] == "other"


@pytest.mark.parametrize(
    ("texts", "factor", "direction", "model", "confidence"),
    [
        ({"SkuMeter": "USE1-Claude3Sonnet-input-tokens", "ConsumedUnit": "1K tokens"},
         1000, "input", "claude3-sonnet", 1.0),
        ({"SkuMeter": "USE1-NovaPro-cache-read-input-token-count", "ConsumedUnit": "1K tokens"},
         1000, "input", "nova-pro", 1.0),
        ({"SkuMeter": "USE1-MP:USE1_OutputTokenCount-Units", "ConsumedUnit": "Units",
          "ChargeDescription": "AWS Marketplace software usage|us-east-1|Million Response Tokens"},
         10**6, "output", None, 0.7),
        ({"SkuMeter": "gpt 4o 0806 cached Inp glbl Tokens", "ConsumedUnit": "1K"},
         1000, "input", "gpt-4o-0806", 0.7),
        ({"SkuMeter": "gpt-4o-mini-0718-Outp-glbl Tokens", "ConsumedUnit": "1M"},
         10**6, "output", "gpt-4o-mini-0718", 0.7),
        ({"SkuMeter": "Gemini 2.5 Pro Text Output", "ConsumedUnit": "Tokens"},
         1, "output", "gemini-2-5-pro", 1.0),
        ({"SkuMeter": "model usage", "ConsumedUnit": "1M tokens"}, 10**6, None, None, 1.0),
    ],
)  # fmt: skip
def test_token_rows(texts, factor, direction, model, confidence):
    row = mapped(**texts)
    assert (row["kind"], row["token_num"], row["token_den"]) == ("tokens", factor, 1)
    assert (row["token_direction"], row["model_hint"]) == (direction, model)
    assert row["mapping_confidence"] == confidence
    assert row["gpu_num"] is None


def test_every_instance_of_the_catalogue_is_found_by_its_name():
    names = CATALOGUE.instances["instance_type"]
    rows = CATALOGUE.map_skus(frame(*[{"SkuMeter": n, "ConsumedUnit": "Hours"} for n in names]))
    expected = CATALOGUE.instances.select("gpu_part", "gpu_num", "gpu_den")
    assert rows.select("gpu_part", "gpu_num", "gpu_den").equals(expected)
    assert set(rows["mapping_confidence"]) == {1.0}


def test_a_missing_column_says_which():
    with pytest.raises(CatalogueError, match="lacks SkuMeter"):
        CATALOGUE.map_skus(frame({}).drop("SkuMeter"))


def test_other_columns_stay_and_empty_and_null_frames_pass():
    assert CATALOGUE.map_skus(frame({}).with_columns(n=pl.lit(7)))["n"].to_list() == [7]
    empty = CATALOGUE.map_skus(frame())
    assert empty.height == 0
    assert dict(empty.schema) | MAPPED_SCHEMA == dict(empty.schema)
    nulls = pl.DataFrame({column: [None] for column in ROW_COLUMNS})
    assert CATALOGUE.map_skus(nulls)["kind"].to_list() == ["other"]


PIECES = [
    "p4d.24xlarge", "BoxUsage:", "Standard_ND96asr_v4", "NV6ads A10 v5", "NVIDIA", "A100", "GPU",
    "running in", "8x", "x4", "H100", "RTX 4090", "tokens", "Input", "gpt-4o", "{", "}", "\x00",
    "bm.gpu.", "gd-", "/", "0", "99999999999999999999", "ß", "\U0001f680", "\u202e", "1/0",
]  # fmt: skip
UNITS = ["Hours", "Seconds", "100 Hours", "GPU Hours", "1K tokens", "Units", "GB", "1M", "x hours"]
texts = st.none() | st.text(max_size=40) | st.lists(st.sampled_from(PIECES)).map(" ".join)
json_texts = st.none() | st.dictionaries(
    st.sampled_from(["InstanceType", "GpuCount", "gpu", "GpuType", "x_ServiceType", ""]),
    texts | st.integers() | st.floats() | st.booleans() | st.lists(st.integers(), max_size=2),
).map(json.dumps)
rows = st.fixed_dictionaries(
    dict.fromkeys(ROW_COLUMNS, texts)
    | {"SkuPriceDetails": texts | json_texts, "ConsumedUnit": texts | st.sampled_from(UNITS)}
)


@settings(max_examples=examples(150))
@given(st.lists(rows, max_size=8), st.randoms(use_true_random=False))
def test_odd_text_never_breaks_and_the_order_of_rows_does_not_matter(some, chance):
    order = list(range(len(some)))
    chance.shuffle(order)
    straight = CATALOGUE.map_skus(frame(*some))
    shuffled = CATALOGUE.map_skus(frame(*[some[i] for i in order]))
    assert shuffled.equals(straight[order])
    for row in straight.iter_rows(named=True):
        is_gpu, is_token = row["gpu_num"] is not None, row["token_num"] is not None
        assert (row["kind"] == "gpu") == is_gpu
        assert (row["kind"] == "tokens") == is_token
        assert (row["kind"] == "other") == (row["mapping_confidence"] is None)
        assert not (row["unknown_instance"] and row["kind"] != "other")
        if is_gpu:
            assert row["gpu_num"] > 0
            assert row["gpu_den"] > 0
            assert row["mapped_by"] in ROW_COLUMNS


def test_thousands_of_rows_are_mapped_in_a_blink():
    chance = random.Random(0)
    names = CATALOGUE.instances["instance_type"].to_list()
    some = [
        {"SkuMeter": f"{chance.choice(names)} {i}", "ConsumedUnit": "Hours"} for i in range(2000)
    ]
    assert CATALOGUE.map_skus(frame(*some))["kind"].value_counts().rows() == [("gpu", 2000)]


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"the FOCUS sample is not at {SAMPLE}")
def test_the_focus_sample_has_no_controlled_gpu_and_ten_small_ones():
    sample = pl.read_csv(SAMPLE, infer_schema_length=0, null_values=["NULL"])
    absent = [c for c in ROW_COLUMNS if c not in sample.columns]
    found = CATALOGUE.map_skus(
        sample.with_columns(pl.lit(None, dtype=pl.String).alias(c) for c in absent)
    ).filter(pl.col("kind") != "other")
    assert sorted(found["instance_type"].unique()) == ["g3.4xlarge", "g5.4xlarge"]
    assert found.height == 10
    assert not any(CATALOGUE.controlled(m) for m in found["gpu_model"].unique())
