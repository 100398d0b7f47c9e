"""The twenty-one typologies in a reviewer's words: pattern, innocent look-alike, questions.

The look-alike stands beside every suspicion with equal weight. The questions are neutral: they
ask what an honest customer can answer and disclose nothing of the method.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: A question that is put inside the house, and what a question tells the reviewer alone.
_INTERNAL: Final = "(Internal)"
_ASIDE: Final = re.compile(r"\s*\([A-Z][^()]*\.\)")
_FAIR: Final = "Is there anything about this use that our records get wrong?"


@dataclass(frozen=True)
class Typology:
    """A pattern of access by proxy (or next to it) and what looks like it without being it."""

    id: str
    name: str
    sentence: str
    lookalike: str
    separates: str
    questions: tuple[str, ...]


def _table(*rows: tuple[str, str, str, str, str, tuple[str, ...]]) -> dict[str, Typology]:
    return {row[0]: Typology(*row) for row in rows}


TYPOLOGIES: Final = _table(
    (
        "T01",
        "Intermediary-fronted end user",
        "A trader buys a fixed budget in its own name and someone else runs it down to zero.",
        "licensed reseller or managed-service provider; university buying through a distributor",
        "a declared partner id, many steady clients in accounts of their own, the end customer "
        "named, a purchase-order trail",
        (
            "Who uses the compute bought on this account, and under what agreement?",
            "Is there a purchase order or contract that names the end user?",
        ),
    ),
    (
        "T02",
        "Account purchase or hand-over",
        "Contact, second factor, network and service mix of an older account change within days.",
        "merger or take-over; a new head of engineering; a new agency",
        "staged changes, the old administrator overlaps, the same payer, a support ticket",
        (
            "Did control of the account change, when, and who can confirm it on the old side?",
            "Can the original contact be reached at the address on file?",
        ),
    ),
    (
        "T03",
        "Account farm",
        "Many accounts open in a burst, share instruments or form text and take equal shares.",
        "hackathon, university class or accelerator cohort",
        "a known event window, use that decays after it, separate payment or none, an organiser "
        "who vouches",
        (
            "Were these accounts opened for one event, class or programme, and who organises it?",
            "Why do separate accounts share payment or contact details?",
        ),
    ),
    (
        "T04",
        "API relay resale",
        "One key serves many end users round the clock and fails over to sibling accounts.",
        "a declared AI product or gateway; a company's own model gateway",
        "a published product, end-user ids passed on, steady growth, business-hours cycle",
        (
            "Which product or gateway do these requests come from, and who are its users?",
            "Is reselling agreed, and are end-user ids passed on?",
        ),
    ),
    (
        "T05",
        "Subscription pooling",
        "A personal plan runs at its limit round the clock from many kinds of device.",
        "a power user with agents; a continuous-integration bot",
        "one line of devices, gaps by day, one family of tools",
        ("Is this plan used by one person or shared, and which automations run on it?",),
    ),
    (
        "T06",
        "Harvest or distillation",
        "Narrow, repeated prompts in one template across accounts move to each new model at once.",
        "evaluation lab, synthetic-data firm or red team",
        "declared research use, few accounts, no spreading, bursts that end after a release",
        (
            "What are the outputs used for, and are they used to train another model?",
            "Which evaluation or research programme do these runs belong to?",
        ),
    ),
    (
        "T07",
        "Stolen-key resale",
        "A key is used from many networks, logging is turned off, and the holder's bill jumps.",
        "a global application with one role; users of a company network exit",
        "steady networks and clients, volume that existed before",
        (
            "Do you recognise these sessions and this volume? (The holder is likely injured.)",
            "When were the credentials last rotated, and may we help to do it now?",
        ),
    ),
    (
        "T08",
        "Shell or subsidiary ladder",
        "The contract party changes from one young entity to the next while the work stays.",
        "ordinary subsidiary of a multinational; a startup in a virtual office",
        "audited parent, staff, tax id, age of the domain, a steady payer",
        (
            "How do the entities on these accounts relate, and who owns them?",
            "Why did the contract party change while the workload went on?",
        ),
    ),
    (
        "T09",
        "Anchor-tenant capacity",
        "One tenant prepays most of a new cluster, and reported use stays far below it.",
        "a real contract of an enterprise or laboratory",
        "a named end user, site access, use that matches the reservation",
        ("Who is the end user of the reserved capacity, and what explains the idle part?",),
    ),
    (
        "T10",
        "Data ferry and burst",
        "Heavy training with almost no data coming in, one large transfer out, then silence.",
        "off-line migration by a studio, genomics group or sovereign-data holder",
        "a declared bulk import, repeated, and the data stays",
        ("How did the training data arrive, and what was moved out at the end?",),
    ),
    (
        "T11",
        "Anonymous rental",
        "Vouchers or crypto pay for short leases under names without a record.",
        "a private hobbyist",
        "consumer GPUs, small steady use, no links to others",
        ("Can the holder verify identity and name what the leases are used for?",),
    ),
    (
        "T12",
        "Credit arbitrage",
        "Credits pay for nearly all controlled compute, and use stops when they end.",
        "a real startup on credits",
        "a product domain, mixed services, use that goes on after the credits",
        ("Which product are the credits spent on, and what follows when they end?",),
    ),
    (
        "T13",
        "Trial farming or mining",
        "Flat power, no tensor work and batches of sign-ups: abuse, but not access by proxy.",
        "rendering; a password-audit laboratory",
        "the class of the jobs",
        ("What kind of job runs on these machines?",),
    ),
    (
        "T14",
        "Structuring",
        "Use hugs a verification or quota threshold and is split equally over siblings.",
        "one account per team in a large organisation",
        "one organisation tree, one payer, declared",
        ("Why is the work split over these accounts, and do they belong to one organisation?",),
    ),
    (
        "T15",
        "Place masking",
        "Declared place and place of access differ, through hosting or residential exits.",
        "company network exits, travellers, remote staff, satellite lines",
        "a steady company exit shared by many ordinary users",
        ("From where, and through which company network, is the account normally used?",),
    ),
    (
        "T16",
        "Return after enforcement",
        "A new account shares keys, images or instruments with one that was closed for cause.",
        "a customer closed by mistake who returns",
        "an upheld appeal on file",
        ("Has the holder had an account with us before, and was its closing appealed?",),
    ),
    (
        "T17",
        "Computing-centre aggregator",
        "Many separate tenants with their own keys, images and schedules inside one account.",
        "university computing centre, research cloud, platform team, build farm",
        "a declared multi-user platform, single sign-on, one organisation",
        (
            "Is this a multi-user platform, and which organisations are its tenants?",
            "How are tenants identified and screened?",
        ),
    ),
    (
        "T18",
        "Ownership exposure",
        "Owners on a restricted-party list, or shares that are unknown (lane L alone).",
        "lawful subsidiary in a supported region; founders' nationality is not ownership",
        "listed or unlisted status and the aggregate share decide",
        ("Who are the beneficial owners, with their shares and dates?",),
    ),
    (
        "T19",
        "Channel exceptions",
        "Overrides, quota exceptions and partner tiers gather at one partner or representative.",
        "a busy regional representative",
        "the rate against the size of the book",
        ("(Internal) Which exceptions were granted here, by whom and on what grounds?",),
    ),
    (
        "T20",
        "Sub-letting",
        "Inbound services and many foreign keys on rented GPUs, with tenants that change hourly.",
        "lab server, competition team, development shop",
        "declared, steady users",
        ("Who else has access to the rented machines, and is it for a fee?",),
    ),
    (
        "T21",
        "End-use mismatch",
        "The record says web, game or rendering; the machines say training round the clock.",
        "a startup that changed course, a quantitative fund, a studio that uses learning",
        "updates its declared use when asked",
        ("Is the declared use still right, and what runs on the GPUs now?",),
    ),
)


def questions(typology: Typology | None) -> list[str]:
    """What to ask the customer: the typology's questions, then one that is always fair."""
    own = list(typology.questions) if typology else []
    return [*own, _FAIR]


def asked_of_holder(typology: Typology | None) -> list[str]:
    """The questions as a letter puts them: none that is internal, and no aside to the reviewer.

    >>> len(asked_of_holder(TYPOLOGIES["T19"]))
    1
    >>> asked_of_holder(TYPOLOGIES["T07"])[0]
    'Do you recognise these sessions and this volume?'
    """
    asked = [text for text in questions(typology) if not text.startswith(_INTERNAL)]
    return [_ASIDE.sub("", text) for text in asked]
