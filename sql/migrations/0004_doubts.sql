-- What becomes of a write that was not sent, or whose answer never came; and what a person must look after.

ALTER TABLE actions
    -- An attempt was begun then and its end is not known: it may have been sent.
    ADD COLUMN tried_at timestamptz,
    -- requested: not tried before then; in_doubt: the backend is not asked before then.
    ADD COLUMN next_at timestamptz NOT NULL DEFAULT now(),
    -- How often the backend was asked what became of it.
    ADD COLUMN asks integer NOT NULL DEFAULT 0,
    -- Failed because it could not be delivered in time, not because the backend refused.
    ADD COLUMN is_undelivered boolean NOT NULL DEFAULT false,
    -- When a person said what became of it.
    ADD COLUMN person_at timestamptz;

UPDATE actions SET tried_at = requested_at WHERE status IN ('claimed', 'in_doubt');

CREATE INDEX actions_doubts ON actions (next_at) WHERE status = 'in_doubt';
CREATE INDEX actions_unsettled ON actions (requested_at)
    WHERE status IN ('requested', 'claimed', 'in_doubt') OR (is_undelivered AND person_at IS NULL);

CREATE VIEW actions_for_people AS
SELECT tenant, key, case_id, name, status, attempt, asks, requested_at, tried_at, arguments_sealed, result_sealed
FROM actions
WHERE (status IN ('requested', 'claimed', 'in_doubt') AND requested_at <= now() - interval '60 seconds')
   OR (is_undelivered AND person_at IS NULL);

COMMENT ON VIEW actions_for_people IS
    'Writes that a caller was promised and of which nobody knows after 60 s whether they happened, and those that could '
    'not be delivered in time. A person looks into the backend, calls the caller, and says: attendant actions settle.';
COMMENT ON COLUMN actions_for_people.status IS
    'requested: not sent yet; claimed: on its way; in_doubt: sent, no clear answer; failed: given up, never sent.';
