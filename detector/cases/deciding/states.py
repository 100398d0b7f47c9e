"""The states of a case, who may bring it from one to the next, and the words of a judgement.

Nothing here closes a case by itself, and a step is a recommendation: the tool performs none.
"""

from __future__ import annotations

from typing import Final

#: States in which a case waits for somebody.
OPEN: Final = ("new", "in_review", "waiting", "second", "disputed", "appealed")
#: States in which nobody has to do anything.
DONE: Final = ("closed", "merged", "erased")

#: The contract's four words, of accounts and of cases.
OUTCOMES: Final = ("cleared", "unresolved", "confirmed_victim", "confirmed_proxy")
#: What counsel says of a case of queue policy: the words of ``policy_decisions``.
POLICY_OUTCOMES: Final = ("false_match", "unresolved", "licensed", "true_match")
STEPS: Final = ("none", "ask", "verify", "limit", "suspend")
#: What does somebody harm, so two people say it or nobody does.
ADVERSE_OUTCOMES: Final = frozenset({"confirmed_proxy"})
ADVERSE_STEPS: Final = frozenset({"limit", "suspend"})

#: Reason codes, and what each says.
CODES: Final = {
    "did_not_proceed": "the deal did not proceed",
    "not_our_customer": "not this customer's act",
    "other_abuse": "abuse of another kind",
    "to_counsel": "policy: to counsel",
    "explained": "the holder explained it, and what he sent agrees",
    "known_business": "a known business that works like this",
    "shared_by_nature": "what is shared is shared by many who have nothing to do with each other",
    "stolen_credentials": "somebody else acts with this customer's credentials",
    "no_answer": "no answer to our questions",
    "contradicts_declared": "use contradicts what was declared",
    "one_operator": "these accounts have one operator",
    "resale": "access is passed on to others",
    "data_fault": "our own data is wrong",
}

#: (state, what happens) -> states it may lead to, and the roles that may do it.
EDGES: Final[dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]] = {
    ("new", "claim"): (("in_review",), ("reviewer", "lead", "counsel")),
    ("new", "assign"): (("new",), ("lead",)),
    ("in_review", "claim"): (("in_review",), ("reviewer", "lead", "counsel")),
    ("second", "claim"): (("second",), ("reviewer", "lead")),
    ("disputed", "claim"): (("disputed",), ("lead",)),
    ("in_review", "release"): (("new",), ("reviewer", "lead", "counsel", "system")),
    ("second", "release"): (("second",), ("reviewer", "lead", "system")),
    ("disputed", "release"): (("disputed",), ("lead", "system")),
    ("in_review", "ask"): (("waiting",), ("reviewer", "lead", "counsel")),
    ("waiting", "answer"): (("in_review",), ("reviewer", "lead", "letters", "counsel", "system")),
    ("in_review", "judge"): (("closed", "second"), ("reviewer", "lead", "counsel")),
    ("second", "judge"): (("closed", "disputed"), ("reviewer", "lead")),
    ("disputed", "judge"): (("closed",), ("lead",)),
    ("disputed", "send_back"): (("in_review",), ("lead",)),
    ("second", "amend"): (("second", "closed"), ("reviewer", "lead", "counsel")),
    ("closed", "amend"): (("closed", "second"), ("reviewer", "lead", "counsel")),
    ("second", "undo"): (("in_review",), ("reviewer", "lead", "counsel")),
    ("closed", "undo"): (("in_review", "second", "disputed"), ("reviewer", "lead", "counsel")),
    ("disputed", "undo"): (("second",), ("reviewer", "lead")),
    ("new", "snooze"): (("waiting",), ("reviewer", "lead", "counsel")),
    ("in_review", "snooze"): (("waiting",), ("reviewer", "lead", "counsel")),
    ("closed", "appeal"): (("appealed",), ("letters",)),
    ("appealed", "decide_appeal"): (("closed",), ("reviewer", "lead", "counsel")),
    ("closed", "reopen"): (("new",), ("lead", "system")),
    ("new", "import"): (("second", "disputed"), ("lead", "counsel")),
    ("second", "import"): (("second", "disputed"), ("lead", "counsel")),
    ("disputed", "import"): (("disputed",), ("lead", "counsel")),
    ("new", "take_over"): (("new", "closed"), ("lead",)),
    ("second", "take_over"): (("second", "closed"), ("lead",)),
    ("disputed", "take_over"): (("disputed", "closed"), ("lead",)),
}

#: What a state means for whoever looks at it.
MEANINGS: Final = {
    "new": "nobody has it",
    "in_review": "somebody looks at it",
    "waiting": "waits for an answer, or was put off",
    "second": "waits for another person's judgement",
    "disputed": "two people differ; a lead decides",
    "appealed": "somebody objects; a person who judged nothing here decides",
    "closed": "decided",
    "merged": "goes on in another case",
    "erased": "its time is over; a receipt is left",
}


def is_adverse(outcome: str, step: str) -> bool:
    """Whether two people are to say this."""
    return outcome in ADVERSE_OUTCOMES or step in ADVERSE_STEPS


def states_after(state: str, action: str) -> tuple[str, ...]:
    """Where an action may lead from a state; nowhere if it is not allowed there."""
    return EDGES.get((state, action), ((), ()))[0]


def roles_for(state: str, action: str) -> tuple[str, ...]:
    """Who may do it."""
    return EDGES.get((state, action), ((), ()))[1]
