"""What the cloud lends: machines under the names that their makers gave them, and prices."""

from dataclasses import dataclass

import numpy as np

from lessons.mill.ranges import Ints

__all__ = ["COMMITTED", "EUR", "REGIONS", "SKUS", "SPOT", "Sku", "price", "sku_index"]

EUR = (92, 100)  # the euro list price of a dollar
COMMITTED = (64, 100)  # share of the list price under a commitment
SPOT = (41, 100)

REGIONS = {
    "aws": ("us-east-1", "us-west-2", "eu-west-1", "ap-southeast-1", "ap-northeast-1"),
    "gcp": ("us-central1", "europe-west4", "asia-southeast1", "us-east4"),
    "azure": ("eastus", "westeurope", "southeastasia", "swedencentral"),
}


@dataclass(frozen=True)
class Sku:
    """A machine: name, cloud whose name it is, GPUs, their model, TPP and watts, list price."""

    name: str
    cloud: str
    gpus: int
    model: str
    tpp: int
    watts: int
    cents: int  # list price of an hour in 1/10,000 dollar


SKUS = (
    Sku("m6i.xlarge", "aws", 0, "", 0, 0, 1_920),
    Sku("c6i.4xlarge", "aws", 0, "", 0, 0, 6_800),
    Sku("n2-standard-8", "gcp", 0, "", 0, 0, 3_885),
    Sku("g4dn.xlarge", "aws", 1, "Tesla T4", 1040, 70, 5_260),
    Sku("g4dn.12xlarge", "aws", 4, "Tesla T4", 1040, 70, 39_120),
    Sku("g5.xlarge", "aws", 1, "NVIDIA A10G", 2000, 300, 10_060),
    Sku("g5.12xlarge", "aws", 4, "NVIDIA A10G", 2000, 300, 56_720),
    Sku("g6.xlarge", "aws", 1, "NVIDIA L4", 1936, 72, 8_048),
    Sku("g6e.xlarge", "aws", 1, "NVIDIA L40S", 5864, 350, 18_610),
    Sku("g6e.12xlarge", "aws", 4, "NVIDIA L40S", 5864, 350, 104_926),
    Sku("p3.2xlarge", "aws", 1, "Tesla V100-SXM2-16GB", 2000, 300, 30_600),
    Sku("p4d.24xlarge", "aws", 8, "NVIDIA A100-SXM4-40GB", 4992, 400, 327_726),
    Sku("p5.48xlarge", "aws", 8, "NVIDIA H100 80GB HBM3", 15830, 700, 983_200),
    Sku("a2-highgpu-1g", "gcp", 1, "NVIDIA A100-SXM4-40GB", 4992, 400, 36_734),
    Sku("a2-highgpu-8g", "gcp", 8, "NVIDIA A100-SXM4-40GB", 4992, 400, 293_874),
    Sku("a3-highgpu-8g", "gcp", 8, "NVIDIA H100 80GB HBM3", 15830, 700, 884_900),
    Sku("Standard_NC24ads_A100_v4", "azure", 1, "NVIDIA A100 80GB PCIe", 4992, 300, 36_730),
    Sku("Standard_ND96asr_v4", "azure", 8, "NVIDIA A100-SXM4-40GB", 4992, 400, 271_970),
    Sku("Standard_ND96isr_H100_v5", "azure", 8, "NVIDIA H100 80GB HBM3", 15830, 700, 983_200),
)

_BY_NAME = {sku.name: index for index, sku in enumerate(SKUS)}


def sku_index(name: str) -> int:
    """Place of a machine in ``SKUS``."""
    return _BY_NAME[name]


def price(sku: Ints, euro: Ints, share: tuple[int, int] = (1, 1)) -> Ints:
    """Price of an hour in 1/10,000 of the account's currency, rounded down.

    Parameters
    ----------
    sku : Ints
        Places in ``SKUS``.
    euro : Ints
        1 where the account is billed in euros.
    share : tuple[int, int]
        What is paid of the list price, as a fraction.
    """
    cents = np.array([entry.cents for entry in SKUS], dtype=np.int64)[sku]
    local = np.where(euro == 1, cents * EUR[0] // EUR[1], cents)
    return local * share[0] // share[1]
