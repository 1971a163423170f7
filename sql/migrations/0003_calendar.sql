-- The built-in calendar. Every row belongs to a tenant; every query says which.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE calendars (
    tenant   text PRIMARY KEY,
    timezone text NOT NULL
);

CREATE TABLE providers (
    tenant    text NOT NULL REFERENCES calendars,
    provider  text NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (tenant, provider)
);

CREATE TABLE services (
    tenant    text NOT NULL REFERENCES calendars,
    service   text NOT NULL,
    name      text NOT NULL,
    minutes   integer NOT NULL CHECK (minutes > 0),
    is_active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (tenant, service)
);

-- Minutes since midnight in the tenant's zone; 0 is Monday.
CREATE TABLE opening_hours (
    tenant     text NOT NULL REFERENCES calendars,
    weekday    smallint NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    opens_min  integer NOT NULL CHECK (opens_min >= 0),
    closes_min integer NOT NULL CHECK (closes_min <= 1440),
    PRIMARY KEY (tenant, weekday, opens_min),
    CHECK (opens_min < closes_min)
);

CREATE TABLE appointments (
    appointment_id text PRIMARY KEY,
    tenant         text NOT NULL,
    provider       text NOT NULL,
    service        text NOT NULL,
    during         tstzrange NOT NULL CHECK (NOT isempty(during)),
    key            text NOT NULL,
    name_sealed    bytea NOT NULL,
    phone_sealed   bytea NOT NULL,
    notes_sealed   bytea NOT NULL,
    status         text NOT NULL DEFAULT 'booked' CHECK (status IN ('booked', 'cancelled')),
    created_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant, key),
    FOREIGN KEY (tenant, provider) REFERENCES providers,
    FOREIGN KEY (tenant, service) REFERENCES services,
    -- No double booking, whatever the application believes.
    CONSTRAINT appointments_no_overlap
        EXCLUDE USING gist (tenant WITH =, provider WITH =, during WITH &&) WHERE (status = 'booked')
);
