-- For local administrators whose authenticator app is gone: each opens once in the place of a code. Random enough for a plain hash.
CREATE TABLE recovery_code (
  account_id BIGINT NOT NULL REFERENCES account (id),
  hash TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  used_ms BIGINT,
  PRIMARY KEY (account_id, hash)
);
