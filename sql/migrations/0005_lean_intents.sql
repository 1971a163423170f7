-- An intent is committed while a caller waits. What these three checked, the statements that write the rows make so:
-- case and tenant of an action, and the call that asks, are copied from the row of the call itself, and who asks is
-- written with or after its action (sql/queries/journal.sql). Each check cost as much as a small insert.

ALTER TABLE actions DROP CONSTRAINT actions_case_id_fkey;
ALTER TABLE tool_calls DROP CONSTRAINT tool_calls_call_id_fkey;
ALTER TABLE tool_calls DROP CONSTRAINT tool_calls_tenant_key_fkey;
