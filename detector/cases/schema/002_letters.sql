-- Letters to holders, what they object to, and what an objection that was right keeps away.
CREATE TABLE templates (
    template_sha256 TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    source TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    approved_at TEXT NOT NULL
) STRICT;

CREATE TABLE releases (
    case_id TEXT NOT NULL,
    name TEXT NOT NULL,
    person TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (case_id, name)
) STRICT;

-- The first of the accounts is the one that the letter goes to; all are the holder's own.
CREATE TABLE letters (
    letter_id INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    accounts TEXT NOT NULL,
    state TEXT NOT NULL,
    parts TEXT NOT NULL,
    text TEXT NOT NULL,
    template_sha256 TEXT NOT NULL,
    text_sha256 TEXT,
    drafted_by TEXT NOT NULL,
    drafted_at TEXT NOT NULL,
    approved_by TEXT,
    approved_at TEXT,
    sent_by TEXT,
    sent_at TEXT,
    sent_how TEXT,
    withdrawn_by TEXT,
    withdrawn_at TEXT,
    withdrawn_for TEXT
) STRICT;
CREATE INDEX letters_of_case ON letters (case_id, letter_id);
CREATE INDEX letters_open ON letters (state) WHERE state IN ('draft', 'approved');

CREATE TABLE appeals (
    appeal_id INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL,
    accounts TEXT NOT NULL,
    received_at TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at TEXT NOT NULL,
    filed_by TEXT NOT NULL,
    filed_at TEXT NOT NULL,
    acknowledged_by TEXT,
    acknowledged_at TEXT,
    decided_by TEXT,
    decided_at TEXT,
    reasons TEXT,
    granted TEXT,
    judgement_id INTEGER,
    settlement_id INTEGER,
    letter_id INTEGER
) STRICT;
CREATE INDEX appeals_of_case ON appeals (case_id, appeal_id);
CREATE INDEX appeals_open ON appeals (state) WHERE state IN ('filed', 'acknowledged');

CREATE TABLE suppressors (
    suppressor_id INTEGER PRIMARY KEY,
    case_id TEXT,
    appeal_id INTEGER,
    scope TEXT NOT NULL,
    subject TEXT NOT NULL,
    typology TEXT,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at TEXT NOT NULL,
    confirmed_by TEXT,
    confirmed_at TEXT,
    revoked_by TEXT,
    revoked_at TEXT,
    revoked_for TEXT
) STRICT;
CREATE INDEX suppressors_in_force ON suppressors (state, until);
