"""The shipped figures: they agree with each other, and each says where it is from."""

import datetime
import re

import polars as pl
import pytest

from features.catalogue import Catalogue
from features.catalogue.formula import class_3a090

CATALOGUE = Catalogue.load()
FAMILIES = {
    "aws": {"A100", "H100", "H200", "B200", "B300", "GB200", "L4", "L40S", "A10G", "V100", "T4",
            "Gaudi1", "Trainium1", "Trainium2", "RTXPRO6000"},
    "azure": {"A100", "H100", "H200", "GB200", "GB300", "A10", "V100", "T4", "MI300X"},
    "gcp": {"A100", "H100", "H200", "B200", "GB200", "L4", "TPUv4", "TPUv5e", "TPUv5p", "TPUv6e",
            "TPUv7"},
    "oci": {"A100", "H100", "H200", "B200", "GB200", "L40S", "A10", "V100", "MI300X"},
    "coreweave": {"A100", "H100", "H200", "B200", "GB200", "L40", "L40S", "GH200"},
    "lambda": {"A100", "H100", "B200", "GH200", "A10", "V100", "RTXA6000"},
    "runpod": {"A100"},
}  # fmt: skip
MODELS = {
    "A100", "A800", "H100", "H800", "H200", "H20", "B200", "GB200", "L4", "L40S", "RTX4090",
    "RTX5090", "A10", "A10G", "V100", "T4", "MI250X", "MI300X", "Gaudi1", "Gaudi2", "Gaudi3",
    "TPUv4", "TPUv5e", "TPUv5p", "TPUv6e", "TPUv7", "Trainium1", "Trainium2",
}  # fmt: skip


@pytest.mark.parametrize("cloud", sorted(FAMILIES))
def test_each_cloud_has_its_families(cloud):
    found = set(CATALOGUE.instances.filter(pl.col("cloud") == cloud)["gpu_model"])
    assert found >= FAMILIES[cloud]


def test_every_model_asked_for_has_a_specification():
    assert set(CATALOGUE.gpus["gpu_model"]) >= MODELS


def test_every_instance_points_to_a_part_and_its_model():
    joined = CATALOGUE.instances.join(
        CATALOGUE.parts.select("gpu_part", expected="gpu_model"), on="gpu_part", how="left"
    )
    assert joined.filter(pl.col("expected").ne_missing(pl.col("gpu_model"))).is_empty()


@pytest.mark.parametrize("row", CATALOGUE.parts.to_dicts(), ids=lambda r: r["gpu_part"])
def test_the_class_by_formula_is_the_stored_one(row):
    assert row["class_3a090"] == class_3a090(row["tpp"], row["performance_density"])
    assert row["controlled"] == (row["class_3a090"] in ("a", "b"))


@pytest.mark.parametrize("row", CATALOGUE.instances.to_dicts(), ids=lambda r: r["instance_type"])
def test_count_times_memory_is_the_total(row):
    part = CATALOGUE.parts.row(by_predicate=pl.col("gpu_part") == row["gpu_part"], named=True)
    total = part["memory_gb"] * row["gpu_num"] / row["gpu_den"]
    assert row["total_memory_gb"] == pytest.approx(total, rel=0.05)


def test_a_count_in_the_name_is_the_count():
    patterns = {
        "gcp": r"gpu-(\d+)g", "oci": r"\.(\d+)$", "lambda": r"^gpu_(\d+)x", "runpod": r"^(\d+)x",
        "coreweave": r"(?:^gd-|-)(\d+)x",
    }  # fmt: skip
    for row in CATALOGUE.instances.to_dicts():
        found = re.search(patterns.get(row["cloud"], r"$^"), row["instance_type"])
        if found:
            assert (row["gpu_num"], row["gpu_den"]) == (int(found[1]), 1), row["instance_type"]


def test_a_model_in_the_name_is_the_model():
    for row in CATALOGUE.instances.to_dicts():
        name = re.sub(r"[^a-z0-9]", "", row["instance_type"].lower())
        if row["gpu_model"] == "GH200":
            name = name.replace("gh200", "")
        for model in ("a100", "h100", "h200", "mi300x", "mi355x", "gh200", "l40s", "v100"):
            if model in name:
                assert row["gpu_model"].lower() == model, row["instance_type"]


def test_known_counts_that_are_easy_to_get_wrong():
    counts = {
        r["instance_type"]: (r["gpu_part"], r["gpu_num"], r["gpu_den"])
        for r in CATALOGUE.instances.to_dicts()
    }
    # 36 is the UltraServer u-p6e-gb200x36; one instance has four of its GPUs.
    assert counts["p6e-gb200.36xlarge"] == ("GB200", 4, 1)
    assert counts["Standard_NV6ads_A10_v5"] == ("A10", 1, 6)
    assert counts["g6f.large"] == ("L4", 1, 8)
    assert counts["g2-standard-32"] == ("L4", 1, 1)
    assert counts["p4de.24xlarge"] == ("A100-80GB", 8, 1)


@pytest.mark.parametrize("frame", ["instances", "parts"])
def test_each_row_has_a_source_and_a_verified_one_its_date(frame):
    rows = getattr(CATALOGUE, frame)
    assert rows["source"].null_count() == 0
    verified = rows.filter(pl.col("status") == "verified")
    assert verified.height > 0
    for date in verified["source_date"]:
        datetime.date.fromisoformat(date)
    assert rows.filter(
        (pl.col("status") == "verified") & pl.col("source").str.contains("from memory")
    ).is_empty()
    assert set(rows["status"]) <= {"verified", "unverified"}


def test_the_contract_says_which_parts_are_a100_and_h100():
    parts = CATALOGUE.parts
    assert set(parts.filter(pl.col("gpu_model") == "A100")["gpu_part"]) == {
        "A100-40GB", "A100-80GB",
    }  # fmt: skip
    assert set(parts.filter(pl.col("gpu_model") == "H100")["gpu_part"]) == {
        "H100-SXM", "H100-PCIe", "H100-NVL",
    }  # fmt: skip
