-- Passkeys (WebAuthn): what is kept of one is no secret. attested: identifier of the model, id and public key, as the authenticator wrote
-- them, in Base64. Lists have a line for each of their values. passkey_challenge: what a session's browser is to answer, once, one for each
-- purpose.
CREATE TABLE passkey (
  id BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES account (id),
  credential_id TEXT NOT NULL UNIQUE,
  attested TEXT NOT NULL,
  name TEXT NOT NULL,
  sign_count BIGINT NOT NULL,
  transports TEXT NOT NULL,
  user_verified BOOLEAN NOT NULL,
  backup_eligible BOOLEAN NOT NULL,
  backed_up BOOLEAN NOT NULL,
  created_ms BIGINT NOT NULL,
  last_used_ms BIGINT
);
CREATE INDEX passkey_account ON passkey (account_id);
CREATE TABLE passkey_challenge (
  session_id BIGINT NOT NULL,
  purpose TEXT NOT NULL,
  challenge TEXT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (session_id, purpose)
);
