"""The kinds of customer, innocent and not, as rows of numbers that one machinery reads."""

from __future__ import annotations

from dataclasses import dataclass, replace

HOBBY = ("g4dn.xlarge", "g5.xlarge", "p3.2xlarge")
MIDDLE = ("g5.12xlarge", "g6e.xlarge", "p3.8xlarge")
LARGE = ("p4d.24xlarge", "p4de.24xlarge", "p5.48xlarge")


@dataclass(frozen=True)
class Kind:
    """How one kind of customer calls models, rents machines, pays and lives.

    ``adopt`` multiplies the usual days until a new model is tried (0: within hours, below 0:
    never); ``noise`` is content beside each shingle of a template; ``cap`` is the rate limit as a
    multiple of the mean hour (0: none); ``twin`` is the innocent kind that this one looks like.
    """

    name: str
    share: float = 0.0
    twin: str = ""
    group: tuple[int, int] = (1, 1)
    requests: float = 40.0
    active: float = 0.5
    weekend: float = 0.4
    steady: bool = False
    keys: tuple[int, int] = (1, 2)
    even: float = 2.0
    tiers: tuple[float, float, float] = (0.45, 0.4, 0.15)
    adopt: float = 1.0
    pivot: float = 0.4
    tokens: tuple[int, int] = (900, 350)
    spread: float = 0.6
    cached: float = 0.15
    users: int = 0
    words: str = "own"
    noise: float = 3.0
    cap: float = 0.0
    burst: bool = False
    growth: float = 0.0
    api: float = 0.95
    gpu: float = 0.25
    machines: tuple[str, ...] = HOBBY
    leases: float = 5.0
    lease_hours: float = 3.0
    pay: tuple[str, ...] = ("card",)
    classes: tuple[str, ...] = ("startup", "business")
    uses: tuple[str, ...] = ("web", "ml_inference", "analytics", "other")
    fresh: float = 0.2
    stint: bool = False
    people: tuple[int, int] = (1, 3)
    turn: str = ""
    foreign_payer: float = 0.04


_SOLO = Kind(
    "tinkerer", 0.22, requests=14, active=0.18, weekend=1.2, words="public", noise=6, gpu=0.35,
    pay=("card", "prepaid", "prepaid", "plan"), classes=("individual",), people=(1, 1), leases=3,
    uses=("web", "education", "other", "gaming"),
)  # fmt: skip
_FIRM = Kind(
    "product_startup",
    0.15,
    requests=70,
    active=0.8,
    growth=0.004,
    pay=("card", "prepaid"),
)
_BIG = replace(
    _FIRM, name="corporate_gateway", share=0.04, requests=300, active=0.97, weekend=0.15,
    keys=(4, 10), even=1.0, words="many", noise=20, cached=0.3, adopt=1.5, pay=("bank",),
    classes=("enterprise",), uses=("analytics", "ml_inference", "finance"), people=(4, 8),
    fresh=0.05,
)  # fmt: skip

BENIGN: tuple[Kind, ...] = (
    _SOLO,
    replace(_SOLO, name="plan_user", share=0.1, requests=30, active=0.45, gpu=0.05, pay=("plan",)),
    replace(_SOLO, name="privacy_hobbyist", share=0.02, pay=("crypto",), gpu=0.8, active=0.3),
    replace(
        _SOLO, name="agent_power_user", share=0.02, requests=500, active=0.95, weekend=0.9,
        steady=True, cap=1.0, tokens=(4200, 700), cached=0.5, noise=1.5, gpu=0.1, pay=("plan",),
        people=(1, 2), classes=("individual", "startup"), adopt=0.4,
    ),
    _FIRM,
    replace(_FIRM, name="framework_shop", share=0.06, words="public", noise=1.5, requests=110),
    replace(
        _FIRM, name="ai_saas", share=0.035, requests=420, active=1.0, weekend=0.8, keys=(1, 3),
        users=2500, noise=5, growth=0.01, uses=("ml_inference",), pay=("card", "bank"),
        people=(2, 6),
    ),
    replace(
        _FIRM, name="careless_saas", share=0.013, requests=420, active=1.0, weekend=0.9,
        keys=(1, 3), steady=True, words="many", noise=15, users=60, cap=1.6,
        pay=("prepaid", "card"), fresh=0.35,
    ),
    _BIG,
    replace(
        _FIRM, name="pipeline", share=0.035, requests=260, active=0.98, weekend=0.95, steady=True,
        noise=0.8, tiers=(0.6, 0.35, 0.05), tokens=(1800, 500), spread=0.3, adopt=2.0,
        people=(1, 2), pay=("card", "bank", "prepaid"),
    ),
    replace(
        _FIRM, name="eval_lab", share=0.015, requests=160, burst=True, noise=0.6, adopt=0.0,
        pivot=0.6, tiers=(0.2, 0.4, 0.4), spread=0.25, uses=("scientific",), keys=(2, 3), gpu=0.5,
        machines=LARGE,
    ),
    replace(
        _FIRM, name="synthetic_data", share=0.015, requests=380, steady=True, active=0.9,
        noise=0.7, tiers=(0.1, 0.5, 0.4), tokens=(600, 1700), spread=0.3, adopt=0.3,
        uses=("ml_training",), gpu=0.5,
    ),
    replace(_FIRM, name="release_chaser", share=0.03, requests=120, adopt=0.0, pivot=0.7, cap=2.5),
    replace(
        _FIRM, name="budget_project", share=0.025, requests=240, active=0.9, weekend=0.7,
        stint=True, pay=("budget",), foreign_payer=0.25, fresh=0.6, gpu=0.4,
        machines=MIDDLE + LARGE, leases=4, lease_hours=20,
        uses=("analytics", "web", "scientific", "other"), people=(1, 4),
    ),
    replace(
        _FIRM, name="university", share=0.03, requests=90, stint=True, pay=("budget", "bank"),
        foreign_payer=0.6, classes=("education",), uses=("education", "scientific"), gpu=0.6,
        machines=MIDDLE + LARGE, leases=6, lease_hours=9, people=(3, 7),
    ),
    replace(
        _FIRM, name="reseller_client", share=0.04, group=(4, 9), foreign_payer=1.0, pay=("bank",),
        classes=("business",),
    ),
    replace(_FIRM, name="agency_client", share=0.03, group=(2, 4), foreign_payer=0.9,
    pay=("card",)),
    replace(
        _BIG, name="landing_zone", share=0.05, group=(5, 12), requests=90, keys=(1, 2),
        words="group", noise=4, people=(1, 3), gpu=0.4, even=20,
    ),
    replace(
        _SOLO, name="hackathon", share=0.03, group=(6, 14), requests=120, active=0.95, stint=True,
        words="group", noise=2.5, fresh=1.0, pay=("credits",), gpu=0.3, adopt=0.5,
    ),
    replace(
        _FIRM, name="credit_startup", share=0.035, pay=("credits",), gpu=0.6,
        machines=MIDDLE + LARGE, lease_hours=7, fresh=0.5, classes=("startup",),
    ),
    replace(_FIRM, name="takeover", share=0.015, turn="takeover", fresh=0.0, people=(2, 4)),
    replace(
        _FIRM, name="gpu_research", share=0.04, api=0.5, gpu=1.0, machines=LARGE, leases=3,
        lease_hours=50, uses=("scientific", "ml_training"),
        classes=("education", "startup", "business"),
    ),
    replace(
        _FIRM, name="notebook_team", share=0.02, api=0.5, gpu=1.0, leases=25, lease_hours=4,
        machines=HOBBY + MIDDLE, people=(4, 9), classes=("education", "business"),
        uses=("education",),
    ),
    replace(
        _FIRM, name="render_studio", share=0.02, api=0.4, gpu=1.0, machines=MIDDLE + LARGE,
        leases=4, lease_hours=60, uses=("rendering",), classes=("business",), stint=True,
    ),
    replace(
        _FIRM, name="quant_desk", share=0.01, api=0.6, gpu=1.0, machines=LARGE, leases=1.5,
        steady=True, lease_hours=300, uses=("finance", "other"), classes=("business",),
        pay=("bank",),
    ),
    replace(_FIRM, name="reorganised", share=0.012, group=(2, 2), words="group", noise=2,
    requests=160),
    replace(_FIRM, name="appeal_returner", share=0.01, group=(2, 2), words="group", requests=60,
    active=0.6),
)  # fmt: skip

_RELAY = replace(
    _FIRM, name="key_relay", twin="ai_saas", api=1.0, requests=420, active=1.0, weekend=1.0,
    steady=True, keys=(0, 0), even=40, users=-1, words="many", noise=25, cached=0.03, cap=1.25,
    gpu=0.0, growth=0.01, tiers=(0.1, 0.5, 0.4), adopt=0.2, pivot=0.5, pay=("prepaid", "crypto"),
    fresh=0.45, people=(1, 2), classes=("individual", "startup", "business"), spread=0.9,
)  # fmt: skip
_HARVEST = replace(
    _FIRM, name="harvester", twin="synthetic_data", api=1.0, requests=300, active=0.97,
    weekend=1.0, steady=True, tiers=(0.0, 0.3, 0.7), adopt=0.0, pivot=-1, tokens=(500, 1500),
    spread=0.25, cached=0.3, words="ring", noise=-1, gpu=0.0, fresh=0.5, pay=("prepaid", "card"),
    classes=("individual", "startup"), people=(1, 1),
)  # fmt: skip
_LEASE = replace(_FIRM, name="", api=0.3, gpu=1.0, machines=LARGE, people=(1, 2), fresh=0.4)

#: Typology to the kind that plays it, the weight of its rings, and how many accounts a ring has.
PROXIES: dict[str, tuple[Kind, float, tuple[int, ...]]] = {
    "T04": (_RELAY, 4.0, (1, 1, 2)),
    "T06": (_HARVEST, 3.0, (1, 2, 2)),
    "T01": (
        replace(
            _HARVEST, name="trader_front", twin="budget_project", requests=240, stint=True,
            words="own", noise=2, adopt=1.0, pivot=0.4, tokens=(1200, 500), gpu=0.5,
            machines=LARGE, leases=2, lease_hours=120, pay=("budget",), foreign_payer=0.7,
            classes=("business",), turn="operators", uses=("other", "web"), people=(1, 2),
            spread=0.5, fresh=0.6,
        ),
        3.0, (1,),
    ),
    "T02": (
        replace(
            _HARVEST, name="bought_account", twin="takeover", turn="handover", fresh=0.0,
            words="own", noise=4, tokens=(1000, 700), spread=0.6, pay=("prepaid", "card"),
            adopt=0.3, pivot=0.5,
        ),
        3.0, (1,),
    ),
    "T05": (
        replace(
            _RELAY, name="shared_plan", twin="agent_power_user", keys=(3, 6), users=0,
            pay=("plan",), cap=0.95, people=(5, 9), classes=("individual",), tokens=(2500, 600),
        ),
        1.5, (1,),
    ),
    "T14": (
        replace(
            _HARVEST, name="split_budget", twin="landing_zone", words="ring", noise=-1, adopt=0.6,
            pivot=0.5, pay=("threshold",), tokens=(900, 700), spread=0.5, tiers=(0.2, 0.5, 0.3),
        ),
        1.5, (2,),
    ),
    "T16": (replace(_HARVEST, name="comeback", twin="appeal_returner", adopt=0.3), 1.0, (2,)),
    "T08": (replace(_HARVEST, name="shell_swap", twin="reorganised", adopt=0.5,
    classes=("business",)), 1.0, (2,)),
    "T12": (
        replace(
            _LEASE, name="credit_mill", twin="credit_startup", pay=("credits",), fresh=0.9,
            leases=4, lease_hours=30, classes=("startup",), stint=True,
        ),
        1.5, (1, 2),
    ),
    "T20": (
        replace(
            _LEASE, name="sublet", twin="notebook_team", leases=40, lease_hours=5, turn="tenants",
            machines=MIDDLE + LARGE, pay=("prepaid", "card"), uses=("web", "other"),
        ),
        1.5, (1,),
    ),
    "T11": (
        replace(
            _LEASE, name="crypto_lease", twin="privacy_hobbyist", pay=("crypto",), leases=6,
            lease_hours=14, classes=("individual",), fresh=0.8, stint=True,
        ),
        1.0, (1,),
    ),
    "T21": (
        replace(
            _LEASE, name="other_end_use", twin="render_studio", leases=2, lease_hours=200,
            uses=("web", "gaming", "rendering"), classes=("business",), pay=("card", "bank"),
        ),
        1.0, (1,),
    ),
    "T03": (
        replace(
            _HARVEST, name="small_farm", twin="hackathon", fresh=1.0, pay=("prepaid",),
            requests=120, classes=("individual",), adopt=0.3,
        ),
        0.6, (3, 4),
    ),
}  # fmt: skip

#: Wrongs that are not proxy access, with their typology.
OTHERS: tuple[tuple[Kind, str | None], ...] = (
    (replace(_LEASE, name="miner", api=0, machines=HOBBY, leases=6, lease_hours=400, fresh=1,
    pay=("card",)), "T13"),
    (replace(_SOLO, name="trial_farm", requests=200, active=0.9, fresh=1.0, pay=("credits",),
    stint=True), "T13"),
    (replace(_LEASE, name="stolen_card", api=0.8, fresh=1.0, pay=("fraud",), lease_hours=60,
    stint=True), None),
)  # fmt: skip
VICTIM = replace(
    _FIRM,
    name="key_theft_victim",
    api=0.5,
    gpu=0.6,
    fresh=0.0,
    turn="theft",
    pay=("card", "bank"),
)

KINDS: dict[str, Kind] = {
    k.name: k
    for k in (*BENIGN, *(row[0] for row in PROXIES.values()), *(row[0] for row in OTHERS), VICTIM)
}
