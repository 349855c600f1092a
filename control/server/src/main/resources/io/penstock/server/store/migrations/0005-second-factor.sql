-- For what a second factor is demanded of those whom a provider signs in, and by which of its words it is known to have been there.
-- Lists have a line for each of their values. second_factor_ms: when somebody proved one to begin a session, if they did.
ALTER TABLE identity_provider ADD COLUMN second_factor TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_provider ADD COLUMN acr_values TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_provider ADD COLUMN amr_values TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN second_factor_ms BIGINT;
