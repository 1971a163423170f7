-- name: call
SELECT * FROM calls WHERE call_id = %(call_id)s

-- name: live_calls
SELECT * FROM calls WHERE ended_at IS NULL ORDER BY started_at, call_id

-- name: recent_calls
SELECT * FROM calls ORDER BY started_at DESC, call_id DESC LIMIT %(n)s

-- name: calls_by_sip_call_id
SELECT * FROM calls WHERE sip_call_id = %(sip_call_id)s ORDER BY started_at DESC, call_id DESC LIMIT 1

-- name: appointments_by_case
SELECT p.appointment_id, p.tenant, p.provider, p.service, s.minutes, lower(p.during) AS starts_at, k.timezone,
       p.name_sealed, p.phone_sealed, p.notes_sealed, p.status, p.created_at, a.case_id
FROM appointments p
JOIN actions a ON a.tenant = p.tenant AND a.key = p.key
JOIN services s ON s.tenant = p.tenant AND s.service = p.service
JOIN calendars k ON k.tenant = p.tenant
WHERE a.case_id = %(case_id)s
ORDER BY p.created_at DESC, p.appointment_id
