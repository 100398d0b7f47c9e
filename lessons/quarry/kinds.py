"""Who the customers are: one entry an archetype, as a draw of use, papers and habits."""

from __future__ import annotations

from dataclasses import dataclass, field

#: SKU and price in thousandths of a cent of a dollar (1e-5 USD) an hour.
CPUS: dict[str, int] = {
    "Standard_D2s_v5": 9600,
    "Standard_D4s_v5": 19200,
    "Standard_D8s_v5": 38400,
    "Standard_E4s_v5": 25200,
    "Standard_F8s_v2": 33800,
}
GPUS: dict[str, int] = {
    "Standard_NC4as_T4_v3": 52600,
    "Standard_NC64as_T4_v3": 435200,
    "Standard_NC6s_v3": 306000,
    "Standard_NV36ads_A10_v5": 320000,
    "Standard_NC24ads_A100_v4": 367300,
    "Standard_NC96ads_A100_v4": 1469200,
    "Standard_ND96amsr_A100_v4": 3277000,
    "Standard_NC40ads_H100_v5": 698000,
    "Standard_ND96isr_H100_v5": 9832000,
}
GPU_NAMES = tuple(GPUS)
T4, T4X4, V100, A10, A100, A100X4, A100X8, H100, H100X8 = range(len(GPUS))
#: Models and prices of input and output in 1e-5 USD a thousand tokens; the last two appear later.
MODELS: dict[str, tuple[int, int]] = {
    "gpt-4o": (250, 1000),
    "gpt-4o-mini": (15, 60),
    "o3": (200, 800),
    "claude-sonnet-4": (300, 1500),
    "claude-opus-4": (1500, 7500),
    "llama-3.3-70b": (72, 72),
    "mistral-large": (200, 600),
    "gpt-5": (125, 1000),
    "claude-opus-4-5": (500, 2500),
}
MODEL_NAMES = tuple(MODELS)
SMALL = (1, 5)
ANY = (0, 0, 1, 1, 2, 3, 3, 4, 5, 6)
TOP = (2, 3, 4)
NEW = (7, 8)
NETS = ("isp", "mobile", "hosting", "vpn", "education", "corporate", "unknown")
#: Places and their hours from UTC; every account draws from the same list, whatever it is.
PLACES: dict[str, int] = {
    "US": -6, "DE": 1, "GB": 0, "SG": 8, "JP": 9, "IN": 5, "BR": -3, "CA": -5, "FR": 1, "NL": 1,
    "CN": 8, "AE": 4, "MY": 8, "KE": 3, "PL": 1, "AU": 10, "MX": -6, "KR": 9, "IE": 0, "TR": 3,
}  # fmt: skip
OFFICE, SHOP = ("corporate", "isp"), ("isp", "hosting")


@dataclass(frozen=True)
class Kind:
    """An archetype: medians of use, and what its records and habits look like."""

    weight: float = 0.0
    classes: tuple[str, ...] = ("business", "startup")
    uses: tuple[str, ...] = ("web",)
    cpu: float = 2.0
    gpus: tuple[int, ...] = ()
    hours: float = 0.0
    duty: float = 1.0
    weekend: float = 0.6
    calls: float = 0.0
    words: tuple[int, int] = (900, 250)
    models: tuple[int, ...] = ANY
    rest: float = 0.4
    users: int = 0
    keys: int = 1
    alike: float = 0.2
    pivot: float = 20.0
    noise: float = 0.45
    pay: tuple[str, ...] = ("card", "invoice")
    age: tuple[float, float] = (20.0, 1500.0)
    new: float = 0.15
    streams: tuple[int, int] = (1, 1)
    churn: float = 0.15
    ssh: int = 1
    ips: int = 2
    nets: tuple[str, ...] = OFFICE
    away: float = 1.0
    logins: float = 0.2
    paper: float = field(default=0.93)


WEB = Kind(21.0, calls=60, models=SMALL, uses=("web", "web", "analytics", "other"))
GPUS_MID = (A10, A100, A100, H100)
KINDS: dict[str, Kind] = {
    # the channel: who sells
    "licensed_reseller": Kind(classes=("reseller",), pay=("invoice",), ips=6, logins=0.6, cpu=3),
    "distributor": Kind(classes=("reseller",), pay=("invoice",), ips=4, logins=0.4, cpu=1),
    "agency": Kind(classes=("business", "reseller"), pay=("invoice",), ips=6, logins=0.8, cpu=4),
    "marketplace": Kind(classes=("reseller",), pay=("invoice",), gpus=(A10, A100, H100), hours=60,
        streams=(3, 6), churn=1.6, ssh=25, ips=12, nets=("hosting", "isp"), weekend=0.9,
        uses=("other", "ml_training")),
    "school": Kind(classes=("education",), pay=("invoice",), nets=("education",),
        uses=("education",)),
    # the channel: who is sold to
    "partner_shop": Kind(calls=50, models=SMALL, pay=("invoice",), uses=("web", "other")),
    "partner_ml": Kind(gpus=GPUS_MID, hours=16, duty=0.7, pay=("invoice", "prepaid"), ssh=3,
        cpu=3, uses=("ml_training", "scientific", "analytics"), ips=4, weekend=0.7, new=0.3),
    "partner_app": Kind(calls=700, users=40, keys=2, pay=("invoice", "prepaid"), cpu=3, rest=0.75,
        uses=("ml_inference", "web", "other"), nets=SHOP, ips=4, pivot=9, new=0.3),
    "university": Kind(classes=("education",), uses=("scientific", "education"), gpus=(A100,
        A100X8, H100), hours=20, duty=0.5, pay=("budget", "invoice"), nets=("education", "isp"),
        ssh=4, ips=6, new=0.35, weekend=0.8, away=0.7),
    "tenant": Kind(gpus=(T4, A10, A100), hours=9, duty=0.6, pay=("prepaid", "card"), ssh=4,
        churn=0.7, ips=4, nets=("isp", "vpn", "hosting"), classes=("individual", "startup"),
        weekend=0.9, uses=("ml_training", "gaming", "rendering", "other"), new=0.4, away=1.5),
    "student": Kind(classes=("education",), uses=("education",), gpus=(T4, A10), hours=4,
        duty=0.4, calls=40, alike=0.6, nets=("education", "mobile"), pay=("invoice",), age=(-20,
        15), new=0.9, models=SMALL, cpu=0.5, pivot=6),
    # direct customers
    "web_shop": WEB,
    "ml_startup": Kind(7.0, ("startup",), ("ml_training", "ml_inference"), gpus=(A100, A100X4,
        H100, A100X8), hours=20, duty=0.75, ssh=4, ips=5, calls=150, weekend=0.8, new=0.3,
        pay=("card", "credits")),
    "ai_wrapper": Kind(5.0, ("startup", "business"), ("ml_inference",), calls=2200, users=400,
        keys=3, rest=0.9, nets=("hosting",), ips=6, pivot=4, cpu=5, noise=0.25, new=0.3),
    "gateway": Kind(2.5, ("enterprise",), ("analytics", "finance"), calls=2600, users=150, keys=5,
        rest=0.15, pay=("invoice",), nets=("corporate",), cpu=9, ips=3),
    "landing_zone": Kind(classes=("enterprise",), uses=("analytics", "web", "finance"),
        pay=("invoice",), gpus=(T4, A10, A100), hours=5, duty=0.3, cpu=5, calls=150,
        nets=("corporate",)),
    "render_studio": Kind(3.0, ("business",), ("rendering",), gpus=(T4X4, A10, A10, A100),
        hours=60, duty=0.45, weekend=1.0, pay=("invoice",), churn=0.7, noise=0.8),
    "quant": Kind(2.0, ("business",), ("finance",), gpus=(A100, H100), hours=40, weekend=1.0,
        noise=0.1, paper=0.8, nets=("corporate", "hosting"), pay=("invoice",), calls=90),
    "eval_lab": Kind(2.0, ("startup", "business"), ("scientific", "ml_inference"), calls=420,
        words=(700, 900), models=TOP, alike=0.55, pivot=1.5, noise=0.9, rest=0.5, keys=2),
    "synthetic_data": Kind(2.0, ("startup",), ("ml_training",), calls=800, words=(600, 1300),
        models=TOP, alike=0.6, pivot=3, noise=0.35, rest=0.95, keys=2, nets=("hosting",),
        gpus=(A100,), hours=6),
    "ci_farm": Kind(2.0, ("business",), ("web", "other"), gpus=(T4, A10), hours=10, churn=2.5,
        ssh=6, cpu=8, nets=("hosting",), ips=8, rest=0.4, calls=200),
    "hobbyist": Kind(6.0, ("individual",), ("other", "gaming", "ml_training"), gpus=(T4, A10,
        A100), hours=3, duty=0.35, calls=25, nets=("vpn", "isp", "mobile"), away=3.0, cpu=0.4,
        weekend=1.4, rest=1.3, pay=("card", "prepaid"), ips=6),
    "remote_team": Kind(3.0, ("startup",), ("web", "ml_inference"), calls=320, ips=14, away=3.5,
        logins=0.7, nets=("isp", "vpn", "corporate"), gpus=(A10, A100), hours=6, duty=0.5, ssh=6,
        keys=4),
    "credit_startup": Kind(4.0, ("startup",), ("ml_training", "ml_inference"), gpus=(A100, H100),
        hours=14, duty=0.7, calls=200, pay=("credits",), age=(0, 200), new=0.4),
    "cohort": Kind(classes=("startup",), uses=("web", "ml_inference"), calls=160, gpus=(A10,
        A100), hours=4, duty=0.5, pay=("credits", "card"), age=(-25, 60), new=0.6, pivot=8),
    "subsidiary": Kind(classes=("enterprise", "business"), uses=("analytics", "ml_training"),
        gpus=GPUS_MID, hours=14, pay=("invoice",), age=(-25, 250), new=0.35, ssh=3, duty=0.8,
        paper=0.85),
    "takeover": Kind(1.0, ("business", "startup"), ("web", "analytics", "ml_inference"),
        calls=260, gpus=(A10, A100), hours=8, duty=0.6, age=(200, 2000), new=0.0),
    "sleeper": Kind(4.0, ("individual", "business"), ("other", "web"), cpu=0.15, duty=0.25,
        age=(400, 2600), new=0.0, logins=0.03, paper=0.8),
    "research_cloud": Kind(1.6, ("education", "government"), ("scientific",), gpus=(A100, A100X4,
        H100, A100X8), hours=14, streams=(3, 6), ssh=9, ips=10, nets=("education",),
        pay=("invoice",), churn=0.7, duty=0.7),
    "notebook_host": Kind(1.6, ("startup", "education"), ("education", "ml_training"), gpus=(T4,
        A10, A100), hours=30, churn=2.0, ssh=14, ips=12, nets=("isp", "mobile", "vpn"),
        weekend=0.9, streams=(1, 3)),
    "project": Kind(3.0, ("business", "education"), ("scientific", "ml_training", "other"),
        gpus=(A100, A100X8, H100), hours=18, duty=0.8, pay=("budget",), age=(-30, 300), new=0.6,
        weekend=0.9, noise=0.25),
    "toolkit_user": Kind(classes=("business", "startup"), uses=("ml_inference", "analytics",
        "ml_training"), gpus=(A10, A100, H100), hours=9, duty=0.7, calls=450, pay=("card",
        "invoice"), alike=0.5, pivot=4, keys=2),
}  # fmt: skip
#: Archetypes in whose likeness each kind of wrong is planted.
LIKENESS: dict[str, tuple[str, ...]] = {
    "T01": ("project", "university", "partner_ml"),
    "T02": ("sleeper",),
    "T03": ("partner_app", "toolkit_user", "web_shop"),
    "T04": ("partner_app", "ai_wrapper"),
    "T06": ("partner_app", "eval_lab", "synthetic_data"),
    "T08": ("partner_ml", "subsidiary", "partner_shop"),
    "T14": ("partner_ml", "ml_startup"),
    "T16": ("partner_app", "partner_ml", "web_shop"),
    "T17": ("ml_startup", "partner_ml"),
    "T20": ("partner_ml", "tenant", "ml_startup"),
}
PROXY_NAMES = {
    "T01": "fronted_buyer", "T02": "bought_account", "T03": "farm_member", "T04": "key_passer",
    "T06": "harvester", "T08": "shell_below_payer", "T14": "quota_splitter", "T16": "comes_back",
    "T17": "hidden_aggregator", "T20": "sub_letter",
}  # fmt: skip
