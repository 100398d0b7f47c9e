-- Cases settled before that are served again: their truth is an auditor's to read, and what is
-- settled of them stands apart, where no label comes from. No event of the case itself puts a row
-- here: it would be one more than others have.
CREATE TABLE golden (
    served_as TEXT PRIMARY KEY,
    truth TEXT NOT NULL,
    of_case TEXT NOT NULL,
    of_settlement INTEGER NOT NULL,
    weeks INTEGER NOT NULL
) STRICT;

CREATE TABLE golden_settlements (
    settlement_id INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL,
    at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    basis TEXT NOT NULL,
    judgements TEXT NOT NULL,
    people TEXT NOT NULL,
    superseded_by INTEGER
) STRICT;
CREATE INDEX golden_settlements_of_case ON golden_settlements (case_id, settlement_id);

CREATE TABLE golden_settlement_accounts (
    case_id TEXT NOT NULL,
    settlement_id INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    expires_at TEXT,
    PRIMARY KEY (settlement_id, account_id)
) STRICT;

-- When the folder was last found whole.
CREATE TABLE verifications (
    verification_id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    head TEXT NOT NULL,
    events INTEGER NOT NULL
) STRICT;

CREATE INDEX judgements_counted ON judgements (round, outcome, active_seconds, open_seconds);
CREATE INDEX cases_of_training ON cases (queue, state) WHERE kind = 'training';
