-- name: claim
-- The oldest tool call whose action may run now (due, or its lease ran out) or is settled already.
-- Whoever asks for an action that is on its way waits: its row is not claimable until it is settled.
SELECT t.call_id, t.tool_id, t.tenant, t.key, t.is_reused,
       a.name, a.arguments_sealed, a.deadline_ms, a.attempt, a.result_sealed,
       (extract(epoch FROM now() - a.requested_at) * 1000)::bigint AS age_ms,
       (extract(epoch FROM now() - a.tried_at) * 1000)::bigint AS tried_ms_ago
FROM tool_calls t JOIN actions a USING (tenant, key)
WHERE t.settled_at IS NULL
  AND (t.is_reused OR a.result_sealed IS NOT NULL
       OR (a.status = 'requested' AND a.next_at <= now()) OR a.lease_until < now())
ORDER BY t.asked_at, t.call_id, t.tool_id
LIMIT 1
FOR UPDATE OF t, a SKIP LOCKED

-- name: lease
UPDATE actions
SET status = 'claimed', attempt = attempt + 1, lease_until = now() + make_interval(secs => %(lease_s)s), tried_at = now()
WHERE tenant = %(tenant)s AND key = %(key)s

-- name: take_over
-- Whoever held these is dead.
UPDATE actions SET lease_until = now() - interval '1 second' WHERE status = 'claimed'

-- name: put_back
-- What is claimed by another attempt by now, or is known, stays as it is.
UPDATE actions
SET status = 'requested', result_sealed = NULL, finished_at = NULL, lease_until = NULL, tried_at = NULL,
    next_at = now() + make_interval(secs => %(after_s)s)
WHERE tenant = %(tenant)s AND key = %(key)s
  AND status IN ('in_doubt', 'claimed') AND attempt = %(attempt)s

-- name: tell_again
-- Everyone who was told of a doubt is told what became of it.
UPDATE tool_calls SET settled_at = NULL WHERE tenant = %(tenant)s AND key = %(key)s AND NOT is_reused

-- name: claim_doubt
SELECT t.call_id, t.tool_id, a.tenant, a.key, false AS is_reused,
       a.name, a.arguments_sealed, a.deadline_ms, a.attempt, NULL AS result_sealed,
       (extract(epoch FROM now() - a.requested_at) * 1000)::bigint AS age_ms,
       (extract(epoch FROM now() - a.tried_at) * 1000)::bigint AS tried_ms_ago
FROM actions a
JOIN LATERAL (SELECT call_id, tool_id FROM tool_calls
              WHERE tenant = a.tenant AND key = a.key AND NOT is_reused
              ORDER BY asked_at, call_id, tool_id LIMIT 1) t ON true
WHERE a.status = 'in_doubt' AND a.next_at <= now()
ORDER BY a.next_at
LIMIT 1
FOR UPDATE OF a SKIP LOCKED

-- name: lease_doubt
UPDATE actions SET asks = asks + 1, next_at = now() + make_interval(secs => %(lease_s)s)
WHERE tenant = %(tenant)s AND key = %(key)s

-- name: still_in_doubt
UPDATE actions
SET next_at = now() + make_interval(secs => greatest(%(after_s)s, least(%(most_s)s, %(first_s)s * 2 ^ least(asks, 30))))
WHERE tenant = %(tenant)s AND key = %(key)s AND status = 'in_doubt'

-- name: settle
UPDATE tool_calls SET settled_at = now() WHERE call_id = %(call_id)s AND tool_id = %(tool_id)s AND settled_at IS NULL

-- name: finish
-- The first result wins; only doubt gives way to a fact.
UPDATE actions a
SET status = %(status)s, result_sealed = %(result)s, lease_until = NULL, finished_at = now(), next_at = now(),
    is_undelivered = %(is_undelivered)s
FROM (SELECT tenant, key, status FROM actions WHERE tenant = %(tenant)s AND key = %(key)s FOR UPDATE) was
WHERE a.tenant = was.tenant AND a.key = was.key
  AND (a.result_sealed IS NULL OR (was.status = 'in_doubt' AND %(status)s <> 'in_doubt'))
RETURNING was.status = 'in_doubt' AS was_in_doubt

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

-- name: for_people
SELECT * FROM actions_for_people ORDER BY requested_at, tenant, key

-- name: action_for_person
SELECT tenant, key, status FROM actions_for_people WHERE key = %(key)s

-- name: settle_by_person
-- Not while it is on its way: what is being sent may yet be answered.
UPDATE actions
SET status = %(status)s, result_sealed = %(result)s, person_at = now(), finished_at = now(), next_at = now()
WHERE tenant = %(tenant)s AND key = %(key)s AND person_at IS NULL
  AND (status IN ('requested', 'in_doubt') OR is_undelivered)
