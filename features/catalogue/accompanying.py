"""Charges that accompany a machine: they name it and are metered in its hours, and are not it.

Counting them would count the GPU twice, or a milli-CPU as a GPU. Each rule has its reason and
looks at all SKU texts of a row at once, since one text may name the machine and another the
charge. A rule is as narrow as the names it was made for allow: a line that *is* the machine
and says what it comes with must go on counting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """Texts in lower case that ``pattern`` finds are not a GPU's time, for this reason."""

    reason: str
    pattern: re.Pattern[str]


def _rule(reason: str, *patterns: str) -> Rule:
    return Rule(reason, re.compile("|".join(patterns)))


RULES: Final = (
    _rule(
        "a fee is money for a service, not a machine's time",
        # "hourly fee per Linux/UNIX, p4d.24xlarge" is how bills word the machine itself
        r"(?<!hourly )(?<!usage )(?<!rental )(?<!instance )(?<!compute )(?<!gpu )\bfees?\b",
        r"\b(?:management|service|platform|software|licen[cs]ing) (?:hourly|usage) fees?\b",
        r"\bsurcharges?\b",
    ),
    _rule(
        "a premium comes on top of the machine's own line",
        r"\bpremiums?\b(?! (?:tier|plan|series|instance|node|vm|machine|gpu))",
    ),
    _rule(
        "software and licences run on the machine",
        r"(?<!own )(?<!no )(?<!without )\blicen[cs](?:es?|ing)\b(?! (?:included|model))",
        r"software ?usage\b", r"\bmarketplace (?:hourly )?software\b",
        r"\b(?:nvidia ai enterprise|nvaie)\b",
    ),
    _rule(
        "processors, memory and disks of a machine have lines of their own",
        r"\b(?:m?cpu|vcpu|core|ram|memory)s? (?:requests?|running|attached|duration)\b",
        r"\binstance (?:core|ram)s?\b",
        r"(?<!\d )(?<!gb )(?<!gib )(?<!tb )\b(?:core|ram) in\b",
        r"\b(?:vcpu|gb|core)[- ]hours\b",
        r"\blocal ssd\b", r"\bssd backed\b", r"\bpersistent disk\b", r"\bpd capacity\b",
        r"\bephemeral storage\b", r"\bebs\b[: ](?:of|volume|snapshot|storage)", r"ebsoptimized\s*:",
        r"cpucredits\s*:",
    ),
    _rule(
        "a commitment or a reservation is bought, whether it is used or not",
        r"\bcommitment v\d",
        r"(?<!year )(?<!years )(?<!month )(?<!months )\bcommitments?\b",
        # Google's own form; "Reserved H100" of others is a price of the machine itself
        r"(?m:^)\s*reserved (?:nvidia|tesla|[a-z]\w{1,5} (?:tpu|core|ram))\b[^\n]*\bin\b",
        r"\bin calendar mode\b",
        r"\bcapacity reservations?\b", r"capacityreservationgroups",
        r"\bper (?:dedicated )?(?:unused )?reservation\b",
        r"(?:unusedbox|unusedded|unusedhost|reservation|dedicatedres|heavyusage"
        r"|reservedcapacity|capacityblock)\s*:",
        r"\bsavings ?plan ?(?:negation|recurring|upfront)",
    ),
    _rule(
        "a dedicated host is charged beside the machines on it",
        r"hostusage\s*:", r"\bdedicated hosts?\b(?! (?:instance|usage))", r"/hostgroups\b",
        r"\bsole[- ]tenancy\b",
    ),
    _rule(
        "support and monitoring look after the machine",
        r"\b(?:premium|enterprise|business|developer|technical|production|customer|24x7) support\b",
        r"\bsupport (?:plan|charge|subscription|contract)s?\b", r"\bextended ?support\b",
        r"\bmonitoring\b",
    ),
    _rule(
        "traffic and addresses of a machine have lines of their own",
        r"\bdata ?transfer\b", r"\begress\b", r"\bingress\b", r"\bnat gateway\b",
        r"\bload balanc(?:er|ing)\b", r"\b(?:public|static) ip\b", r"\bip address\b",
        r"\bnetwork (?:traffic|throughput|transfer)\b",
    ),
    _rule("being interrupted is no use", r"\bpreemptions?\b"),
)  # fmt: skip

_SERVICE: Final = re.compile(
    r"elastic ?map ?reduce|amazon ?(?:ecs|eks|emr|pcs)|parallel computing service|\blicen[cs]es?$"
    r"|elastic (?:container|kubernetes) service|\bsupport\b|\bmonitor(?:ing)?\b|cloudwatch"
    r"|aws marketplace|dedicated host"
)
_CATEGORIES: Final = frozenset(
    {"storage", "networking", "security", "identity", "management and governance"}
)
# "8x H100, includes 24x7 support and egress": what a machine comes with, not what is charged.
_COMES_WITH: Final = re.compile(r"\b(?:includes?|including|incl|with)\b[^\n]*")


def beside_the_machine(text: str, service: str, category: str) -> str | None:
    """Return why a row is a charge beside the machine, or None where it may be the machine.

    Parameters
    ----------
    text
        All SKU texts of the row in lower case, a line each.
    service, category
        ``ServiceName`` and ``ServiceCategory`` in lower case.

    Examples
    --------
    >>> beside_the_machine("autopilot h100 80gb premium (us-central1)", "kubernetes engine", "")
    "a premium comes on top of the machine's own line"
    >>> beside_the_machine("nvidia h100 80gb gpu running in iowa", "compute engine", "")
    """
    if category in _CATEGORIES:
        return f"a row of {category}"
    if _SERVICE.search(service) is not None:
        return f"a charge of the service {service}"
    charged = _COMES_WITH.sub("", text)
    return next((rule.reason for rule in RULES if rule.pattern.search(charged)), None)
