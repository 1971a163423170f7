-- Calls, their journal and their cases.
--
-- Columns of type bytea named *_sealed hold AES-256-GCM ciphertext made by the application
-- (agent/adapters/postgres/crypto.py): byte 1 is the format, bytes 2 to 9 the id of the key.
-- Everything that carries speech or personal data is sealed; ids, times and kinds are not.

-- One row per key this database was ever written with: a sealed constant that only the right key opens.
CREATE TABLE key_checks (
    key_id       text PRIMARY KEY,
    check_sealed bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

-- The profile a call was opened with. It is the tenant's text, nothing personal, hence plain.
CREATE TABLE profiles (
    sha         text PRIMARY KEY,
    tenant      text NOT NULL,
    body        text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);

-- What a caller wants; it may span several calls.
CREATE TABLE cases (
    case_id    text PRIMARY KEY,
    tenant     text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- The head of a call.
CREATE TABLE calls (
    call_id        text PRIMARY KEY,
    case_id        text NOT NULL REFERENCES cases,
    tenant         text NOT NULL,
    direction      text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    number_sealed  bytea NOT NULL,
    display_sealed bytea NOT NULL,
    attestation    text CHECK (attestation IN ('A', 'B', 'C')),
    is_verified    boolean NOT NULL,
    trust          smallint NOT NULL CHECK (trust BETWEEN 0 AND 3),
    dialled        text NOT NULL,
    channel_id     text NOT NULL,
    sip_call_id    text NOT NULL,
    profile_sha    text NOT NULL REFERENCES profiles,
    rtp_port       integer,
    started_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    outcome        text,
    end_reason     text NOT NULL DEFAULT ''
);
CREATE INDEX calls_open ON calls (started_at) WHERE ended_at IS NULL;
CREATE INDEX calls_recent ON calls (started_at DESC, call_id DESC);
CREATE INDEX calls_sip ON calls (sip_call_id);
CREATE INDEX calls_case ON calls (case_id);

-- What happened in a call: the truth. Only key rotation ever updates a row.
CREATE TABLE journal (
    call_id     text NOT NULL REFERENCES calls,
    seq         integer NOT NULL CHECK (seq > 0),
    at_ms       bigint NOT NULL,
    kind        text NOT NULL,
    body_sealed bytea NOT NULL,
    key_id      text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (call_id, seq)
);
