-- Who vouches for people. The client secret must be read back, so it is sealed; empty for a public client. Lists have a line for
-- each of their values.
CREATE TABLE identity_provider (
  id BIGINT PRIMARY KEY,
  domain_id BIGINT NOT NULL REFERENCES domain (id),
  name TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  secret_sealed TEXT NOT NULL,
  scopes TEXT NOT NULL,
  algorithms TEXT NOT NULL,
  admits TEXT NOT NULL,
  mail_domains TEXT NOT NULL,
  groups_claim TEXT NOT NULL,
  allowed_groups TEXT NOT NULL,
  local_addresses BOOLEAN NOT NULL,
  refresh_ms BIGINT NOT NULL,
  off_boarding TEXT NOT NULL,
  created_ms BIGINT NOT NULL
);

-- Browsers that were sent to a provider and may come back, once. What goes along is sealed: nonce, verifier, the device's link.
CREATE TABLE provider_login (
  state_prefix TEXT PRIMARY KEY,
  state_hash TEXT NOT NULL,
  browser_hash TEXT NOT NULL,
  provider_id BIGINT NOT NULL REFERENCES identity_provider (id),
  sealed TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL
);
CREATE INDEX provider_login_expiry ON provider_login (expires_ms);

-- Whether a provider still vouches for somebody is asked by their refresh token. refused_ms: since when it does not, and they are
-- disabled for that reason alone.
CREATE TABLE provider_grant (
  account_id BIGINT PRIMARY KEY REFERENCES account (id),
  provider_id BIGINT NOT NULL REFERENCES identity_provider (id),
  refresh_sealed TEXT NOT NULL,
  next_ms BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  refused_ms BIGINT
);
CREATE INDEX provider_grant_next ON provider_grant (next_ms);

-- Logout tokens that were acted on; each counts once.
CREATE TABLE provider_logout (
  provider_id BIGINT NOT NULL REFERENCES identity_provider (id),
  token_hash TEXT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (provider_id, token_hash)
);

ALTER TABLE account ADD COLUMN provider_groups TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN provider_id BIGINT;
ALTER TABLE session ADD COLUMN provider_sid TEXT;
