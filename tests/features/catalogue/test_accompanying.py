"""Names of charges, and what each is: GPU time by part and count, or none.

Names in ``GCP_GPUS``, ``READ`` and most of ``MACHINES`` are vendors' own, as stored copies of
public material quoted them when they were looked up on 2026-11-28 (second hand: neither a price
list nor a bill was read):

- Google Cloud: SKU descriptions in a Zenn article on the bill of DWS Flex-start with Vertex AI,
  in the source of a GKE Autopilot price calculator and in parsers of the Cloud Billing Catalog.
  Places and GPUs of one pattern are varied (an L4 in ``europe-west4`` for one in a region).
- AWS: usage types and descriptions in code that reads Cost Explorer and the price list API; the
  Data Exports guide, "Monitoring your On-Demand capacity reservations", has UnusedBox, UnusedDed,
  Reservation and DedicatedRes.
- Azure: meter names and units in code that reads the Retail Prices API.
- Oracle: display names of its price list in code that reads it. CoreWeave and Lambda: the
  instance names of this catalogue.

Those in ``MADE``, the services and the plain sentences in ``MACHINES`` are made up in the same
shape: neighbours for which no quotation was found.
"""

from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest

from features.catalogue import ROW_COLUMNS, Catalogue

CATALOGUE = Catalogue.load()
SCHEMA = dict.fromkeys(ROW_COLUMNS, pl.String)


def mapped(**texts: str | None) -> dict[str, object]:
    frame = pl.DataFrame([dict.fromkeys(ROW_COLUMNS) | texts], schema=SCHEMA)
    return CATALOGUE.map_skus(frame).row(0, named=True)


GCP_GPUS = [
    ("Nvidia Tesla A100 GPU running in Americas", "A100"),
    ("Nvidia Tesla A100 80GB GPU running in Netherlands", "A100"),
    ("Nvidia Tesla A100 GPU attached to Spot Preemptible VMs running in Americas", "A100"),
    ("Nvidia Tesla A100 GPU attached to DWS Defined Duration VMs running in Americas", "A100"),
    ("Nvidia H100 80GB GPU running in Americas", "H100"),
    ("Nvidia H100 80GB Plus GPU running in Americas", "H100"),
    ("Nvidia H100 80GB GPU attached to A3 VMs running in Iowa", "H100"),
    ("Nvidia H100 80GB GPU attached to DWS Defined Duration VMs running in Americas", "H100"),
    ("Nvidia H100 Mega 80GB GPU attached to DWS Defined Duration VMs running in Americas",
     "H100"),
    ("H200 141GB GPU attached to DWS Defined Duration VMs running in Belgium", "H200"),
    ("A4 Nvidia B200 (1 gpu slice) running in Americas", "B200"),
    ("Spot Preemptible A4 Nvidia B200 (1 gpu slice) running in Americas", "B200"),
    ("Nvidia L4 GPU attached to Spot Preemptible VMs running in Hong Kong", "L4"),
    ("Nvidia Tesla K80 GPU attached to Spot Preemptible VMs running in Warsaw", "K80"),
    ("Autopilot NVIDIA T4 Pod GPU Requests (us-central1)", "T4"),
    ("Autopilot NVIDIA L4 Spot Pod GPU Requests (europe-west4)", "L4"),
    ("Autopilot NVIDIA A100 Pod GPU Requests (us-central1)", "A100"),
    ("Autopilot NVIDIA A100 80GB Pod GPU Requests (us-central1)", "A100"),
    ("Autopilot NVIDIA A100 80GB Spot Pod GPU Requests (us-central1)", "A100"),
    ("Vertex AI: Training/Pipelines on NVIDIA H100 80GB in Iowa", "H100"),
    ("Vertex AI: Online/Batch Prediction Nvidia H100 80gb GPU running in Iowa", "H100"),
    ("Vertex AI: Online/Batch Prediction Nvidia A100 80gb GPU running in Iowa", "A100"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "model"), GCP_GPUS)
@pytest.mark.parametrize("machine", [None, '{"machineType": "a3-highgpu-8g"}'])
def test_a_gpu_line_of_google_cloud_is_one_gpu_whatever_the_machine(name, model, machine):
    row = mapped(SkuMeter=name, ConsumedUnit="seconds", SkuPriceDetails=machine)
    assert row["kind"] == "gpu"
    assert (row["gpu_num"], row["gpu_den"]) == (1, 3600)
    assert machine or row["gpu_model"] == model


READ = [
    ("A2 Instance Core running in Americas", "hour"),
    ("A2 Instance Ram running in Americas", "hour"),
    ("A3Plus Instance Core running in Americas", "hour"),
    ("A3Plus Instance Ram running in Americas", "hour"),
    ("DWS Defined Duration A3 Core running in Americas", "seconds"),
    ("DWS Defined Duration A3 Ram running in Americas", "seconds"),
    ("Spot Preemptible A2 Instance Core running in Americas", "hour"),
    ("DWS Defined Duration SSD backed Local Storage running in Americas", "hour"),
    ("Vertex AI: Training/Pipelines on A3 Instance Core in Iowa", "hour"),
    ("Vertex AI: Training/Pipelines on A2 Instance RAM in Iowa", "hour"),
    ("Vertex AI: Online/Batch Prediction A3 Predefined Instance Core running in Iowa", "hour"),
    ("Vertex AI: Training/Pipelines management fee on NVIDIA H100 80GB in Iowa", "seconds"),
    ("Vertex AI: Training/Pipelines management fee on A3 Instance Core in Iowa", "seconds"),
    ("Vertex AI: Online/Batch Prediction management fee on NVIDIA H100 80GB in Iowa", "hour"),
    ("Vertex AI: Online/Batch Prediction management fee on A3 Instance RAM in Iowa", "hour"),
    ("Autopilot NVIDIA A100 80GB Pod mCPU Requests (us-central1)", "seconds"),
    ("Autopilot NVIDIA A100 80GB Pod Memory Requests (us-central1)", "seconds"),
    ("Autopilot NVIDIA L4 Spot Pod mCPU Requests (us-central1)", "hour"),
    ("Autopilot NVIDIA T4 Pod Memory Requests (us-central1)", "hour"),
    ("Autopilot GPU Pod Local SSD (us-central1)", "hour"),
    ("Autopilot H100 80GB Premium (us-central1)", "seconds"),
    ("Autopilot H100 80GB Spot Premium (us-central1)", "seconds"),
    ("Autopilot A100 40GB Premium (us-central1)", "hour"),
    ("Autopilot L4 Premium (us-central1)", "hour"),
    ("Autopilot Accelerator CPU Premium (us-central1)", "hour"),
    ("Commitment v1: Nvidia H100 80GB GPU running in Americas for 1 Year", "hour"),
    ("Commitment v1: A4 Nvidia B200 (1 gpu slice) in Americas for 1 Year", "hour"),
    ("Reserved Nvidia Tesla A100 80GB GPU in Virginia", "hour"),
    ("Reserved Nvidia H100 80GB Mega GPU in Americas in Calendar Mode", "hour"),
    ("Licensing Fee for NVIDIA Quadro Virtual Workstation (GPU cost)", "hour"),
    ("UnusedBox:p4de.24xlarge", "Hrs"),
    ("Reservation:p4de.24xlarge", "Hrs"),
]

MADE = [
    ("Autopilot NVIDIA A100 Pod vCPU Requests (us-central1)", "hour"),
    ("Autopilot NVIDIA H100 80GB Pod CPU Requests (us-central1)", "hour"),
    ("Autopilot NVIDIA H100 80GB Pod Ephemeral Storage Requests (us-central1)", "hour"),
    ("Sole Tenancy Premium for Nvidia L4 GPU running in Americas", "hour"),
    ("Licensing Fee for Windows Server 2022 Datacenter Edition on VM with a2-highgpu-8g", "hour"),
    ("USE1-Reservation:p5.48xlarge", "Hrs"),
    ("UnusedDed:p4d.24xlarge", "Hrs"),
    ("DedicatedRes:p4d.24xlarge", "Hrs"),
    ("$0.00 per Reservation Linux p5.48xlarge Instance Hour", "Hrs"),
    ("$98.32 per Unused Reservation Linux p5.48xlarge Instance Hour", "Hrs"),
    ("USE1-SoftwareUsage:p4d.24xlarge", "Hrs"),
    ("AWS Marketplace hourly software usage|us-east-1|p4d.24xlarge", "Hrs"),
    ("USE1-HostUsage:p3", "Hrs"),
    ("EBSOptimized:p3.2xlarge", "Hrs"),
    ("SavingsPlanNegation used by p4d.24xlarge", "Hrs"),
    ("USE1-ExtendedSupport:p4d.24xlarge", "Hrs"),
    ("Detailed monitoring of p4d.24xlarge", "Hrs"),
    ("p4d.24xlarge data transfer out", "Hrs"),
    ("NC24ads A100 v4 Surcharge", "1 Hour"),
    ("ND96asr A100 v4 Dedicated Host", "1 Hour"),
    ("NVIDIA AI Enterprise on ND96isr H100 v5", "1 Hour"),
    ("Windows Server License - NC24ads A100 v4", "1 Hour"),
    ("NVIDIA AI Enterprise - GPU - H100", "GPU Per Hour"),
    ("NVAIE for BM.GPU.H100.8", "Hours"),
    ("Enterprise Support for gpu_8x_h100_sxm5", "Hours"),
    ("gd-8xh100ib-i128 management fee", "Hours"),
    ("Spot preemption charge gpu_8x_h100_sxm5", "Hours"),
    ("H100 egress", "Hours"),
    ("H100 platform hourly fee", "Hours"),
    ("Persistent disk of an A100 machine", "Hours"),
    ("Vertex AI: Training/Pipelines on SSD backed PD Capacity of NVIDIA A100", "Hours"),
    ("EBS volume of p4d.24xlarge", "Hours"),
    ("CPUCredits:p4d.24xlarge", "Hrs"),
    ("USE1-EKS-EC2-vCPU-Hours p4d.24xlarge", "Hrs"),
    ("USE1-EKS-EC2-GB-Hours p4d.24xlarge", "Hrs"),
    ("On-demand capacity reservation p5.48xlarge", "Hours"),
    ("Support plan for p5.48xlarge", "Hours"),
    ("gpu_8x_h100_sxm5 public IP", "Hours"),
    ("gpu_8x_h100_sxm5 NAT gateway", "Hours"),
    ("gpu_8x_h100_sxm5 load balancer", "Hours"),
    ("gpu_8x_h100_sxm5 network traffic", "Hours"),
]


@pytest.mark.parametrize(("name", "unit"), [*READ, *MADE])
@pytest.mark.parametrize("column", ["SkuMeter", "ChargeDescription"])
def test_a_line_that_accompanies_a_machine_is_not_the_machine(name, unit, column):
    row = mapped(**{column: name, "ConsumedUnit": unit})
    assert row["kind"] == "other"
    assert not row["unknown_instance"]
    assert not row["timeless"]


def test_what_the_meter_says_holds_where_the_details_name_the_machine():
    row = mapped(
        SkuPriceDetails='{"InstanceType": "p4d.24xlarge"}',
        SkuMeter="USE1-Reservation:p4d.24xlarge",
        ConsumedUnit="Hrs",
    )
    assert row["kind"] == "other"


@pytest.mark.parametrize(
    ("texts", "gpus"),
    [
        ({"ServiceName": "Support", "SkuMeter": "p4d.24xlarge"}, None),
        ({"ServiceName": "AWS Support (Business)", "SkuMeter": "p4d.24xlarge"}, None),
        ({"ServiceName": "AWS Marketplace", "SkuMeter": "p4d.24xlarge"}, None),
        ({"ServiceName": "Azure Monitor", "SkuMeter": "ND96isr H100 v5"}, None),
        ({"ServiceName": "Azure Dedicated Host", "SkuMeter": "ND96isr H100 v5"}, None),
        ({"ServiceName": "Virtual Machines Licenses", "SkuMeter": "ND96isr H100 v5"}, None),
        ({"ServiceName": "Amazon Elastic Kubernetes Service", "SkuMeter": "p4d.24xlarge"}, None),
        ({"ServiceName": "Virtual Machines", "SkuMeter": "ND96isr H100 v5",
          "ResourceType": "Microsoft.Compute/capacityReservationGroups"}, None),
        ({"ServiceName": "Virtual Machines", "SkuMeter": "ND96isr H100 v5",
          "ResourceType": "microsoft.compute/hostgroups"}, None),
        ({"ServiceName": "Virtual Machines", "SkuMeter": "ND96isr H100 v5",
          "ResourceType": "Microsoft.Compute/virtualMachines"}, 8),
        ({"ServiceName": "Kubernetes Engine",
          "SkuMeter": "Nvidia H100 80GB GPU attached to A3 VMs running in Iowa"}, 1),
        ({"ServiceName": "Amazon SageMaker", "SkuMeter": "USE1-Cluster:ml.p4d.24xlarge"}, 8),
        ({"ServiceName": "Amazon Elastic Compute Cloud", "SkuMeter": "USE1-BoxUsage:p5.48xlarge"},
         8),
        ({"SkuMeter": "HostBoxUsage:g6e.48xlarge",
          "ChargeDescription": "$0.00 per g6e.48xlarge Dedicated Host Instance hour"}, 8),
        ({"ServiceCategory": "Management and Governance", "SkuMeter": "p4d.24xlarge"}, None),
        ({"ServiceCategory": "Security", "SkuMeter": "p4d.24xlarge"}, None),
        ({"ServiceCategory": "AI and Machine Learning", "SkuMeter": "ml.p4d.24xlarge"}, 8),
    ],
)  # fmt: skip
def test_the_service_tells_what_the_name_does_not(texts, gpus):
    assert mapped(ConsumedUnit="Hours", **texts)["gpu_num"] == gpus


MACHINES = [
    # words that also stand in lines that accompany, in lines that are the machine
    ("$40.96 per On Demand Linux p4d.24xlarge Instance Hour", "Hrs", "A100-40GB", 8),
    ("$55.04 per On Demand Linux p5.48xlarge Instance Hour", "Hrs", "H100-SXM", 8),
    ("Linux/UNIX (Amazon VPC), p4d.24xlarge reserved instance applied", "Hrs", "A100-40GB", 8),
    ("USD 0.0 hourly fee per Linux/UNIX (Amazon VPC), p4d.24xlarge", "Hrs", "A100-40GB", 8),
    ("USE1-BoxUsage:p4d.24xlarge", "Hrs", "A100-40GB", 8),
    ("USW2-SpotUsage:p5.48xlarge", "Hrs", "H100-SXM", 8),
    ("DedicatedUsage:p4de.24xlarge", "Hrs", "A100-80GB", 8),
    ("HostBoxUsage:g6e.48xlarge", "Hrs", "L40S", 8),
    ("USW2-Cluster:ml.p4d.24xlarge", "Hrs", "A100-40GB", 8),
    ("p3.2xlarge Windows, License Included", "Hrs", "V100-16GB", 1),
    ("ND96isr H100 v5", "1 Hour", "H100-SXM", 8),
    ("ND96isr H100 v5 Spot", "1 Hour", "H100-SXM", 8),
    ("NCC40adsH100v5 Spot", "1 Hour", "H100-NVL", 1),
    ("NC40adsH100v5", "1 Hour", "H100-NVL", 1),
    ("NC24ads A100 v4 Low Priority", "1 Hour", "A100-80GB", 1),
    ("V100 vGPU Duration", "1 Hour", "V100-32GB", 1),
    ("OCI - Compute - GPU - H100", "GPU Per Hour", "H100-SXM", 1),
    ("Compute - GPU - A100 - v2", "GPU Per Hour", "A100-80GB", 1),
    ("Compute - GPU - L40S", "GPU Per Hour", "L40S", 1),
    ("gd-8xh100ib-i128", "Hours", "H100-SXM", 8),
    ("gpu_8x_h100_sxm5", "Hours", "H100-SXM", 8),
    ("8x H100 SXM5, 208 vCPUs, 1800 GB RAM, 22 TB NVMe", "Hours", "H100-SXM", 8),
    ("8x H100 SXM5 with 208 vCPU and 1800 GiB memory in Iowa", "Hours", "H100-SXM", 8),
    ("8x H100 SXM5, includes 24x7 support, storage and egress", "Hours", "H100-SXM", 8),
    ("8x H100 SXM5 with monitoring and premium support", "Hours", "H100-SXM", 8),
    ("Reserved 8x H100 SXM5", "Hours", "H100-SXM", 8),
    ("8x H100 SXM5 12-month commitment", "Hours", "H100-SXM", 8),
    ("8x H100 SXM5 GPU usage fee", "Hours", "H100-SXM", 8),
]


@pytest.mark.parametrize(("name", "unit", "part", "gpus"), MACHINES)
def test_a_line_that_is_the_machine_still_counts(name, unit, part, gpus):
    row = mapped(SkuMeter=name, ConsumedUnit=unit)
    assert (row["kind"], row["gpu_part"], row["gpu_num"]) == ("gpu", part, gpus)


def test_a_machine_and_the_lines_beside_it_count_its_gpus_once():
    hours = {
        "Nvidia H100 80GB GPU attached to DWS Defined Duration VMs running in Americas": 8,
        "DWS Defined Duration A3 Core running in Americas": 208,
        "DWS Defined Duration A3 Ram running in Americas": 1872,
        "Vertex AI: Training/Pipelines management fee on NVIDIA H100 80GB in Iowa": 8,
        "Vertex AI: Training/Pipelines management fee on A3 Instance Core in Iowa": 208,
        "Vertex AI: Training/Pipelines management fee on A3 Instance RAM in Iowa": 1872,
    }
    rows = [mapped(SkuMeter=name, ConsumedUnit="hour") for name in hours]
    counted = (
        n * Fraction(str(row["gpu_num"])) for n, row in zip(hours.values(), rows, strict=True)
        if row["kind"] == "gpu"
    )  # fmt: skip
    assert sum(counted) == 8


@pytest.mark.parametrize(
    "unit", ["GB", "Requests", "Units", "1 Each", "", None, "GB-Months", "vCPU-Hours", "Unstated"]
)
@pytest.mark.parametrize(
    "name",
    ["USE1-BoxUsage:p4d.24xlarge", "Nvidia Tesla A100 GPU running in Americas", "gpu_8x_h100_sxm5",
     "BM.GPU.X900.8"],
)  # fmt: skip
def test_a_gpu_line_in_a_unit_that_is_no_time_is_told(name, unit):
    row = mapped(SkuMeter=name, ConsumedUnit=unit)
    assert (row["kind"], row["timeless"], row["unknown_instance"]) == ("other", True, False)


@pytest.mark.parametrize(
    ("name", "unit", "category"),
    [
        ("EBS:VolumeUsage.gp3", "GB-Mo", None),
        ("USE1-DataTransfer-Out-Bytes", "GB", None),
        ("p4d.24xlarge", "GB", "Storage"),
        ("ND96isr H100 v5", "1 GB", "Networking"),
        ("P40 Disks", "1/Month", None),
        ("USE1-Requests-Tier1", "Requests", None),
        ("L4 Load Balancer", "GB", None),
        ("Autopilot NVIDIA A100 80GB Pod Memory Requests (us-central1)", "byte-seconds", None),
        ("Autopilot NVIDIA A100 80GB Pod mCPU Requests (us-central1)", "Units", None),
        ("BoxUsage:m5.xlarge", "Units", None),
    ],
)
def test_a_line_of_something_else_in_its_own_unit_is_not(name, unit, category):
    row = mapped(SkuMeter=name, ConsumedUnit=unit, ServiceCategory=category)
    assert (row["kind"], row["timeless"]) == ("other", False)
