-- name: keep_profile
INSERT INTO profiles (sha, tenant, body) VALUES (%(sha)s, %(tenant)s, %(body)s) ON CONFLICT (sha) DO NOTHING

-- name: keep_case
INSERT INTO cases (case_id, tenant, number_mark) VALUES (%(case_id)s, %(tenant)s, %(number_mark)s)
ON CONFLICT (case_id) DO NOTHING

-- name: open_call
INSERT INTO calls (call_id, case_id, tenant, direction, number_sealed, display_sealed, attestation, is_verified, trust,
                   dialled, channel_id, sip_call_id, profile_sha, rtp_port, started_at)
VALUES (%(call_id)s, %(case_id)s, %(tenant)s, %(direction)s, %(number)s, %(display)s, %(attestation)s, %(is_verified)s,
        %(trust)s, %(dialled)s, %(channel_id)s, %(sip_call_id)s, %(profile_sha)s, %(rtp_port)s, %(started_at)s)
ON CONFLICT (call_id) DO NOTHING

-- name: append
INSERT INTO journal (call_id, seq, at_ms, kind, body_sealed, key_id)
VALUES (%(call_id)s, %(seq)s, %(at_ms)s, %(kind)s, %(body)s, %(key_id)s)
ON CONFLICT (call_id, seq) DO NOTHING

-- name: notify
SELECT pg_notify(%(channel)s, %(call_id)s)

-- name: set_rtp_port
UPDATE calls SET rtp_port = %(port)s WHERE call_id = %(call_id)s

-- name: close_call
UPDATE calls SET ended_at = %(ended_at)s, outcome = %(outcome)s, end_reason = %(end_reason)s,
                 attestation = %(attestation)s, is_verified = %(is_verified)s, trust = %(trust)s
WHERE call_id = %(call_id)s AND ended_at IS NULL

-- name: ask_action
INSERT INTO actions (tenant, key, case_id, name, arguments_sealed, deadline_ms)
SELECT tenant, %(key)s, case_id, %(name)s, %(arguments)s, %(deadline_ms)s FROM calls WHERE call_id = %(call_id)s
ON CONFLICT (tenant, key) DO NOTHING
RETURNING tenant

-- name: action_arguments
SELECT a.tenant, a.name, a.arguments_sealed
FROM actions a JOIN calls c ON c.tenant = a.tenant
WHERE c.call_id = %(call_id)s AND a.key = %(key)s

-- name: ask_tool
INSERT INTO tool_calls (call_id, tool_id, tenant, key, is_reused)
SELECT call_id, %(tool_id)s, tenant, %(key)s, %(is_reused)s FROM calls WHERE call_id = %(call_id)s
ON CONFLICT (call_id, tool_id) DO NOTHING

-- name: intend
-- An event and the one write it causes, at once: one statement is one round trip and one transaction. No row where the
-- key is taken or the call is not there: then nothing was written, and ask_action tells which.
WITH asked AS (
    INSERT INTO actions (tenant, key, case_id, name, arguments_sealed, deadline_ms)
    SELECT tenant, $3, case_id, $4, $5::bytea, $6::integer FROM calls WHERE call_id = $1
    ON CONFLICT (tenant, key) DO NOTHING
    RETURNING tenant
), told AS (
    INSERT INTO tool_calls (call_id, tool_id, tenant, key)
    SELECT $1, $2, tenant, $3 FROM asked
    ON CONFLICT (call_id, tool_id) DO NOTHING
), waking AS MATERIALIZED (
    SELECT pg_notify($12, $1), pg_notify($13, $1) FROM asked
)
INSERT INTO journal (call_id, seq, at_ms, kind, body_sealed, key_id)
SELECT $1, $7::integer, $8::bigint, $9, $10::bytea, $11 FROM waking
ON CONFLICT (call_id, seq) DO NOTHING

-- name: entries
SELECT seq, body_sealed FROM journal WHERE call_id = %(call_id)s ORDER BY seq

-- name: profile_text
SELECT body FROM profiles WHERE sha = %(sha)s
