-- A case that its call left unfinished, so that the next call of the same caller can go on with it.

ALTER TABLE cases
    -- Whose case it is: HMAC-SHA256 of the caller's number under a key derived from the key file
    -- (agent/adapters/postgres/crypto.py), because what is sealed cannot be searched.
    ADD COLUMN number_mark bytea,
    -- What stands of it; null while a call has it, and when nothing is left to do.
    ADD COLUMN open_sealed bytea,
    ADD COLUMN left_at timestamptz,
    ADD CHECK ((open_sealed IS NULL) = (left_at IS NULL));

CREATE INDEX cases_open ON cases (tenant, number_mark, left_at DESC) WHERE open_sealed IS NOT NULL;
