-- name: seed_calendar
INSERT INTO calendars (tenant, timezone) VALUES (%(tenant)s, %(timezone)s)
ON CONFLICT (tenant) DO UPDATE SET timezone = excluded.timezone

-- name: retire_providers
UPDATE providers SET is_active = false WHERE tenant = %(tenant)s

-- name: seed_provider
INSERT INTO providers (tenant, provider) VALUES (%(tenant)s, %(provider)s)
ON CONFLICT (tenant, provider) DO UPDATE SET is_active = true

-- name: retire_services
UPDATE services SET is_active = false WHERE tenant = %(tenant)s

-- name: seed_service
INSERT INTO services (tenant, service, name, minutes) VALUES (%(tenant)s, %(service)s, %(name)s, %(minutes)s)
ON CONFLICT (tenant, service) DO UPDATE SET name = excluded.name, minutes = excluded.minutes, is_active = true

-- name: clear_hours
DELETE FROM opening_hours WHERE tenant = %(tenant)s

-- name: seed_hours
INSERT INTO opening_hours (tenant, weekday, opens_min, closes_min)
VALUES (%(tenant)s, %(weekday)s, %(opens_min)s, %(closes_min)s)

-- name: limit_time
SELECT set_config('statement_timeout', %(ms)s, true)

-- name: service
SELECT k.timezone, s.minutes FROM calendars k JOIN services s USING (tenant)
WHERE k.tenant = %(tenant)s AND s.service = %(service)s AND s.is_active

-- name: hours
SELECT weekday, opens_min, closes_min FROM opening_hours WHERE tenant = %(tenant)s

-- name: busy
-- Every active provider, once per taken time that meets the window, or once with nulls.
SELECT p.provider, lower(a.during) AS begins, upper(a.during) AS ends
FROM providers p
LEFT JOIN appointments a ON a.tenant = p.tenant AND a.provider = p.provider AND a.status = 'booked'
                        AND a.during && tstzrange(%(begins)s, %(ends)s)
WHERE p.tenant = %(tenant)s AND p.is_active
ORDER BY p.provider, begins

-- name: booked_by_key
SELECT a.appointment_id, a.service, lower(a.during) AS starts_at, upper(a.during) AS ends_at, a.name_sealed,
       a.phone_sealed, a.notes_sealed, k.timezone
FROM appointments a JOIN calendars k USING (tenant)
WHERE a.tenant = %(tenant)s AND a.key = %(key)s

-- name: book
INSERT INTO appointments (appointment_id, tenant, provider, service, during, key, name_sealed, phone_sealed,
                          notes_sealed)
VALUES (%(appointment_id)s, %(tenant)s, %(provider)s, %(service)s, tstzrange(%(begins)s, %(ends)s), %(key)s, %(name)s,
        %(phone)s, %(notes)s)
