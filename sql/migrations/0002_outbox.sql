-- Writes on their way out. An action is what shall happen once in the world, under its idempotency key;
-- a tool call is one call's asking for it. Two calls of one case that ask for the same share one action.

CREATE TABLE actions (
    tenant           text NOT NULL,
    key              text NOT NULL,
    case_id          text NOT NULL REFERENCES cases,
    name             text NOT NULL,
    arguments_sealed bytea NOT NULL,
    deadline_ms      integer NOT NULL,
    status           text NOT NULL DEFAULT 'requested'
                     CHECK (status IN ('requested', 'claimed', 'done', 'failed', 'in_doubt')),
    attempt          integer NOT NULL DEFAULT 0,
    lease_until      timestamptz,
    result_sealed    bytea,
    requested_at     timestamptz NOT NULL DEFAULT now(),
    finished_at      timestamptz,
    PRIMARY KEY (tenant, key),
    CHECK ((status IN ('requested', 'claimed')) = (result_sealed IS NULL)),
    CHECK ((status = 'claimed') = (lease_until IS NOT NULL))
);
CREATE INDEX actions_case ON actions (case_id);

CREATE TABLE tool_calls (
    call_id    text NOT NULL REFERENCES calls,
    tool_id    text NOT NULL,
    tenant     text NOT NULL,
    key        text NOT NULL,
    -- The key was taken by other arguments: this call is refused and has no effect.
    is_reused  boolean NOT NULL DEFAULT false,
    asked_at   timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    PRIMARY KEY (call_id, tool_id),
    FOREIGN KEY (tenant, key) REFERENCES actions
);
CREATE INDEX tool_calls_waiting ON tool_calls (asked_at) WHERE settled_at IS NULL;
CREATE INDEX tool_calls_key ON tool_calls (tenant, key);
