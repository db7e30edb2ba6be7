-- The ledger. What follows `digest` repeats the text, to find entries by; `ledger verify` compares them.
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL,
    execution TEXT,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    time TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX entry_by_execution ON entry (execution, version) WHERE execution IS NOT NULL;

CREATE TABLE checkpoint (
    seq INTEGER NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    time TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (seq, key)
) STRICT, WITHOUT ROWID;

-- One row an execution. `first` is the place of its first event: newest first is from the greatest down.
CREATE TABLE execution (
    first INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    state TEXT NOT NULL,
    principal TEXT NOT NULL,
    name TEXT NOT NULL,
    summary TEXT NOT NULL
) STRICT;
CREATE INDEX execution_by_state ON execution (state, first);
CREATE INDEX execution_by_principal ON execution (principal, first);

CREATE TABLE request (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    execution TEXT NOT NULL REFERENCES execution (id),
    PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE blob (
    digest TEXT PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;
CREATE TABLE blob_use (
    execution TEXT NOT NULL REFERENCES execution (id),
    digest TEXT NOT NULL REFERENCES blob (digest),
    PRIMARY KEY (execution, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_use_by_digest ON blob_use (digest);
