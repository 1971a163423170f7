-- name: claim
-- The oldest tool call whose action may run now (never tried, or its lease ran out) or is settled already.
-- Whoever asks for an action that is on its way waits: its row is not claimable until it is settled.
SELECT t.call_id, t.tool_id, t.tenant, t.key, t.is_reused,
       a.name, a.arguments_sealed, a.deadline_ms, a.attempt, a.result_sealed
FROM tool_calls t JOIN actions a USING (tenant, key)
WHERE t.settled_at IS NULL
  AND (t.is_reused OR a.status <> 'claimed' OR a.lease_until < now())
ORDER BY t.asked_at, t.call_id, t.tool_id
LIMIT 1
FOR UPDATE OF t, a SKIP LOCKED

-- name: lease
UPDATE actions
SET status = 'claimed', attempt = attempt + 1, lease_until = now() + make_interval(secs => %(lease_s)s)
WHERE tenant = %(tenant)s AND key = %(key)s

-- name: settle
UPDATE tool_calls SET settled_at = now() WHERE call_id = %(call_id)s AND tool_id = %(tool_id)s AND settled_at IS NULL

-- name: finish
-- The first result wins; only doubt gives way to a fact.
UPDATE actions
SET status = %(status)s, result_sealed = %(result)s, lease_until = NULL, finished_at = now()
WHERE tenant = %(tenant)s AND key = %(key)s
  AND (result_sealed IS NULL OR (status = 'in_doubt' AND %(status)s <> 'in_doubt'))

-- name: action_result
SELECT result_sealed FROM actions WHERE tenant = %(tenant)s AND key = %(key)s

-- name: tool_result
SELECT t.tenant, t.key, t.is_reused, a.result_sealed
FROM tool_calls t JOIN actions a USING (tenant, key)
WHERE t.call_id = %(call_id)s AND t.tool_id = %(tool_id)s

-- name: notify_waiting
-- Others that wait for the same action may go on.
SELECT pg_notify(%(channel)s, t.call_id) FROM tool_calls t
WHERE t.tenant = %(tenant)s AND t.key = %(key)s AND t.settled_at IS NULL
