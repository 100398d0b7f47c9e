"""What is for sale in the worlds: clouds, machines, services, models and their prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CLOUDS: Final = ("aws", "azure", "gcp", "neocloud")
AWS, AZURE, GCP, NEO = range(4)
CLOUD_WEIGHTS: Final = (0.5, 0.25, 0.15, 0.1)

PROVIDERS: Final = ("AWS", "Microsoft", "Google Cloud", "Cumulo GPU")
COMPUTE_NAMES: Final = (
    "Amazon Elastic Compute Cloud", "Virtual Machines", "Compute Engine", "GPU Cloud",
)  # fmt: skip
MODEL_SERVICES: Final = ("Amazon Bedrock", "Azure OpenAI", "Vertex AI", "Model Endpoints")
REGIONS: Final = (
    ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1", "ap-northeast-1"),
    ("eastus", "westus3", "westeurope", "swedencentral", "southeastasia", "japaneast"),
    ("us-central1", "us-west4", "europe-west4", "europe-north1", "asia-southeast1", "asia-east1"),
    ("us-east", "us-west", "eu-north", "eu-west", "ap-south", "ap-east"),
)
GPU_REGIONS: Final = 3


@dataclass(frozen=True, slots=True)
class Machine:
    """A rentable machine: GPUs of one part, list price in USD an hour."""

    cloud: int
    name: str
    part: str
    gpus: int
    price: float
    tier: int
    """0 small, 1 middle, 2 controlled with one or two GPUs, 3 controlled with four or more."""


MACHINES: Final = (
    Machine(AWS, "g4dn.xlarge", "T4", 1, 0.526, 0),
    Machine(AWS, "g4dn.12xlarge", "T4", 4, 3.912, 1),
    Machine(AWS, "g5.xlarge", "A10G", 1, 1.006, 0),
    Machine(AWS, "g5.12xlarge", "A10G", 4, 5.672, 1),
    Machine(AWS, "p3.2xlarge", "V100-16GB", 1, 3.06, 1),
    Machine(AWS, "g6.xlarge", "L4", 1, 0.805, 2),
    Machine(AWS, "g6e.xlarge", "L40S", 1, 1.861, 2),
    Machine(AWS, "p5.4xlarge", "H100-SXM", 1, 6.88, 2),
    Machine(AWS, "p4d.24xlarge", "A100-40GB", 8, 32.773, 3),
    Machine(AWS, "p4de.24xlarge", "A100-80GB", 8, 40.966, 3),
    Machine(AWS, "p5.48xlarge", "H100-SXM", 8, 98.32, 3),
    Machine(AWS, "p5en.48xlarge", "H200", 8, 84.8, 3),
    Machine(AZURE, "Standard_NC4as_T4_v3", "T4", 1, 0.526, 0),
    Machine(AZURE, "Standard_NC6s_v3", "V100-16GB", 1, 3.06, 1),
    Machine(AZURE, "Standard_NC24ads_A100_v4", "A100-80GB", 1, 3.673, 2),
    Machine(AZURE, "Standard_NC40ads_H100_v5", "H100-NVL", 1, 6.98, 2),
    Machine(AZURE, "Standard_ND96asr_v4", "A100-40GB", 8, 27.197, 3),
    Machine(AZURE, "Standard_ND96isr_H100_v5", "H100-SXM", 8, 98.32, 3),
    Machine(GCP, "n1-standard-4", "T4", 1, 0.35, 0),
    Machine(GCP, "n1-standard-8", "V100-16GB", 1, 2.48, 1),
    Machine(GCP, "g2-standard-8", "L4", 1, 0.56, 2),
    Machine(GCP, "a2-highgpu-1g", "A100-40GB", 1, 2.934, 2),
    Machine(GCP, "a2-ultragpu-8g", "A100-80GB", 8, 31.4, 3),
    Machine(GCP, "a3-highgpu-8g", "H100-SXM", 8, 87.9, 3),
    Machine(NEO, "gpu_1x_a10", "A10", 1, 0.75, 0),
    Machine(NEO, "gpu_4x_a6000", "RTXA6000", 4, 3.2, 1),
    Machine(NEO, "gpu_1x_a100", "A100-40GB", 1, 1.29, 2),
    Machine(NEO, "gpu_1x_h100_pcie", "H100-PCIe", 1, 2.49, 2),
    Machine(NEO, "gpu_8x_a100_80gb_sxm4", "A100-80GB", 8, 14.32, 3),
    Machine(NEO, "gpu_8x_h100_sxm5", "H100-SXM", 8, 23.92, 3),
)
DISCOUNTS: Final = (1.0, 0.62, 0.36)
"""Factors on the list price at standard, committed and dynamic pricing."""
GCP_GPU_NAMES: Final = {
    "T4": "Nvidia Tesla T4", "V100-16GB": "Nvidia Tesla V100", "L4": "Nvidia L4",
    "A100-40GB": "Nvidia Tesla A100", "A100-80GB": "Nvidia Tesla A100 80GB",
    "H100-SXM": "Nvidia H100 80GB",
}  # fmt: skip

# Ordinary services by cloud: name, category, unit, micro-USD a unit.
SERVICES: Final = (
    ("compute", "Compute", "Hours", 96_000),
    ("object storage", "Storage", "GB-Months", 23_000),
    ("database", "Databases", "Hours", 145_000),
    ("network transfer", "Networking", "GB", 90_000),
    ("functions", "Compute", "GB-Seconds", 17),
    ("warehouse", "Analytics", "TB", 5_000_000),
    ("monitoring", "Management and Governance", "Metrics", 300_000),
    ("notebooks", "AI and Machine Learning", "Hours", 269_000),
)


@dataclass(frozen=True, slots=True)
class Model:
    """A model endpoint: USD a million tokens, and whether it is of the top tier."""

    name: str
    price_in: float
    price_out: float
    top: bool
    released: float
    """Share of the window after which it is on sale; 0 for from before the window."""


MODELS: Final = (
    Model("tern-3-mini", 0.15, 0.6, False, 0.0),
    Model("tern-3", 2.5, 10.0, False, 0.0),
    Model("heron-2-small", 0.25, 1.25, False, 0.0),
    Model("heron-2-large", 3.0, 15.0, True, 0.0),
    Model("osprey-1", 15.0, 75.0, True, 0.0),
    Model("embed-wren", 0.02, 0.0, False, 0.0),
    Model("heron-3-large", 5.0, 25.0, True, 0.55),
)
NEW_MODEL: Final = len(MODELS) - 1
MODEL_WEIGHTS: Final = (0.36, 0.22, 0.18, 0.11, 0.05, 0.08, 0.0)
