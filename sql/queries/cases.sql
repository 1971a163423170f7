-- name: open_cases
SELECT case_id, open_sealed FROM cases
WHERE tenant = %(tenant)s AND number_mark = ANY(%(marks)s) AND open_sealed IS NOT NULL AND left_at >= %(since)s
ORDER BY left_at DESC, case_id DESC
LIMIT %(n)s

-- name: leave_case
-- A result that lands after another call took the case over is that call's to tell.
UPDATE cases k SET open_sealed = %(state)s, left_at = %(left_at)s
FROM calls c
WHERE c.call_id = %(call_id)s AND k.case_id = %(case_id)s AND c.case_id = k.case_id
  AND NOT EXISTS (SELECT FROM calls l
                  WHERE l.case_id = k.case_id AND (l.started_at, l.call_id) > (c.started_at, c.call_id))

-- name: join_case
UPDATE calls SET case_id = %(case_id)s WHERE call_id = %(call_id)s

-- name: close_case
UPDATE cases SET open_sealed = NULL, left_at = NULL WHERE case_id = %(case_id)s
