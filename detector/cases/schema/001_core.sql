-- What happened, in order. All tables below but the last three are made of it (see tables.py).
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    person TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    case_id TEXT,
    payload TEXT,
    payload_sha256 TEXT NOT NULL,
    prev TEXT NOT NULL,
    case_prev TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_case ON events (case_id, seq);
CREATE TRIGGER events_stay BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never deleted');
END;
CREATE TRIGGER events_are_not_rewritten BEFORE UPDATE ON events
WHEN NEW.payload IS NOT NULL
    OR NEW.seq <> OLD.seq OR NEW.at <> OLD.at OR NEW.person <> OLD.person
    OR NEW.role <> OLD.role OR NEW.action <> OLD.action OR NEW.case_id IS NOT OLD.case_id
    OR NEW.payload_sha256 <> OLD.payload_sha256 OR NEW.prev <> OLD.prev
    OR NEW.case_prev <> OLD.case_prev OR NEW.hash <> OLD.hash
BEGIN
    SELECT RAISE(ABORT, 'of an event only the payload may go');
END;

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE people (
    person TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    roles TEXT NOT NULL,
    active INTEGER NOT NULL,
    password_sha256 TEXT
) STRICT;

CREATE TABLE tokens (
    token_sha256 TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    label TEXT NOT NULL,
    roles TEXT NOT NULL,
    until TEXT NOT NULL,
    revoked INTEGER NOT NULL
) STRICT;

CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    as_of TEXT NOT NULL,
    model_id TEXT NOT NULL,
    version TEXT NOT NULL,
    alpha REAL NOT NULL,
    accounts INTEGER NOT NULL,
    inputs TEXT NOT NULL,
    counts TEXT NOT NULL,
    taken_at TEXT NOT NULL
) STRICT;

-- A snapshot is what a person saw, under the SHA-256 of its text; `retain` empties the body.
CREATE TABLE snapshots (sha256 TEXT PRIMARY KEY, body BLOB) STRICT;

CREATE TABLE cases (
    case_id TEXT PRIMARY KEY,
    kind TEXT,
    queue TEXT,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    lead_account TEXT,
    ring_id TEXT,
    rank INTEGER,
    score REAL,
    p_value REAL,
    typology TEXT,
    size INTEGER,
    families TEXT,
    coverage REAL,
    tpp_hours REAL,
    tokens INTEGER,
    brief TEXT,
    tie_kinds TEXT,
    snapshot TEXT,
    sealed TEXT,
    first_run INTEGER,
    last_run INTEGER,
    in_queue INTEGER NOT NULL,
    assignee TEXT,
    due_at TEXT,
    snoozed_until TEXT,
    opened_at TEXT NOT NULL,
    closed_at TEXT,
    reopened INTEGER NOT NULL,
    reopened_for TEXT,
    merged_into TEXT,
    split_from TEXT,
    qa_drawn INTEGER NOT NULL,
    weight REAL,
    stratum TEXT
) STRICT;
-- Lists are read in this order, page by page: the expression is that of `reading`. What lists are
-- filtered by stands in the indexes too: a row that does not fit is never looked up.
CREATE INDEX cases_open ON cases (
    queue, ifnull(rank, 4611686018427387904), case_id,
    typology, size, assignee, due_at, in_queue, first_run, families
) WHERE state NOT IN ('closed', 'merged', 'erased');
CREATE INDEX cases_in_state ON cases (
    state, ifnull(rank, 4611686018427387904), case_id,
    queue, typology, size, assignee, due_at, in_queue, first_run, families
);
CREATE INDEX cases_by_state ON cases (state, queue);
CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX cases_by_assignee ON cases (assignee) WHERE assignee IS NOT NULL;

CREATE TABLE case_accounts (
    case_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    since_run INTEGER,
    left_run INTEGER,
    own_queue TEXT,
    tie_kinds TEXT,
    PRIMARY KEY (case_id, account_id)
) STRICT;
CREATE INDEX cases_of_account ON case_accounts (account_id);

CREATE TABLE case_runs (
    case_id TEXT NOT NULL,
    run INTEGER NOT NULL,
    snapshot TEXT NOT NULL,
    sealed TEXT,
    rank INTEGER,
    score REAL,
    change TEXT,
    PRIMARY KEY (case_id, run)
) STRICT;

CREATE TABLE judgements (
    judgement_id INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL,
    case_version INTEGER NOT NULL,
    snapshot TEXT NOT NULL,
    person TEXT NOT NULL,
    queue TEXT,
    round TEXT NOT NULL,
    outcome TEXT NOT NULL,
    step TEXT NOT NULL,
    codes TEXT NOT NULL,
    note TEXT NOT NULL,
    typology_agreed INTEGER,
    counter_weighed INTEGER,
    active_seconds REAL,
    open_seconds REAL,
    revealed INTEGER NOT NULL,
    amends INTEGER,
    reopened INTEGER NOT NULL,
    undone INTEGER NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX judgements_of_case ON judgements (case_id, judgement_id);
CREATE INDEX judgements_of_person ON judgements (person, judgement_id);
CREATE INDEX judgements_second ON judgements (judgement_id) WHERE round IN ('2', 'qa');

CREATE TABLE judgement_accounts (
    case_id TEXT NOT NULL,
    judgement_id INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    why TEXT,
    PRIMARY KEY (judgement_id, account_id)
) STRICT;

-- The only source of labels.
CREATE TABLE settlements (
    settlement_id INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL,
    at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    basis TEXT NOT NULL,
    judgements TEXT NOT NULL,
    people TEXT NOT NULL,
    superseded_by INTEGER
) STRICT;
CREATE INDEX settlements_of_case ON settlements (case_id, settlement_id);

CREATE TABLE settlement_accounts (
    case_id TEXT NOT NULL,
    settlement_id INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    expires_at TEXT,
    PRIMARY KEY (settlement_id, account_id)
) STRICT;
CREATE INDEX settlement_accounts_of_case ON settlement_accounts (case_id);
CREATE INDEX settlements_of_account ON settlement_accounts (account_id, settlement_id);

CREATE TABLE proposals (
    proposal_id INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    other_id TEXT NOT NULL,
    run INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX proposals_open ON proposals (state, case_id);

CREATE TABLE comments (
    comment_id INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL,
    person TEXT NOT NULL,
    at TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX comments_of_case ON comments (case_id);

-- Not made of events: secrets, and what may be lost.
CREATE TABLE passwords (person TEXT PRIMARY KEY, line TEXT NOT NULL) STRICT;
CREATE TABLE leases (
    case_id TEXT PRIMARY KEY, person TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL
) STRICT;
CREATE TABLE sessions (
    session_sha256 TEXT PRIMARY KEY, person TEXT NOT NULL, form_token TEXT NOT NULL,
    since TEXT NOT NULL, seen TEXT NOT NULL, until TEXT NOT NULL, address TEXT NOT NULL
) STRICT;
CREATE TABLE drafts (
    case_id TEXT NOT NULL, person TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (case_id, person)
) STRICT;
CREATE TABLE looks (
    case_id TEXT NOT NULL, person TEXT NOT NULL, version INTEGER NOT NULL, run INTEGER,
    at TEXT NOT NULL, opened TEXT NOT NULL, active_seconds REAL NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (case_id, person)
) STRICT;
CREATE TABLE once (
    person TEXT NOT NULL, key TEXT NOT NULL, at TEXT NOT NULL, request_sha256 TEXT NOT NULL,
    reply TEXT NOT NULL, PRIMARY KEY (person, key)
) STRICT;
CREATE INDEX once_by_age ON once (at);
