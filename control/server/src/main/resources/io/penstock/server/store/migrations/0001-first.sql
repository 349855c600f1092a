-- SQL that SQLite and PostgreSQL have in common. Times are milliseconds since 1970, ids come from number_source and are never
-- used again. Secrets that are shown once are here as prefix and hash; secrets that must be read back are sealed by the key in
-- the state folder. There is no column for a private key of a node.

CREATE TABLE number_source (
  name TEXT PRIMARY KEY,
  last BIGINT NOT NULL
);

CREATE TABLE change (
  seq BIGINT PRIMARY KEY,
  domain_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL
);
CREATE INDEX change_domain ON change (domain_id, seq);

CREATE TABLE server_secret (
  name TEXT PRIMARY KEY,
  sealed TEXT NOT NULL,
  created_ms BIGINT NOT NULL
);

CREATE TABLE domain (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  dns_suffix TEXT NOT NULL,
  prefix_v4 TEXT NOT NULL,
  prefix_v6 TEXT NOT NULL,
  key_lifetime_ms BIGINT,
  next_v4 BIGINT NOT NULL,
  next_v6 BIGINT NOT NULL,
  created_ms BIGINT NOT NULL
);

CREATE TABLE account (
  id BIGINT PRIMARY KEY,
  domain_id BIGINT NOT NULL REFERENCES domain (id),
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  login_name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  role TEXT NOT NULL,
  operator BOOLEAN NOT NULL,
  disabled_ms BIGINT,
  created_ms BIGINT NOT NULL,
  UNIQUE (domain_id, issuer, subject)
);

-- Of local administrators only. totp_last_step keeps a code from being used twice.
CREATE TABLE credential (
  account_id BIGINT PRIMARY KEY REFERENCES account (id),
  password_hash TEXT NOT NULL,
  totp_sealed TEXT NOT NULL,
  totp_last_step BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  failures_since_ms BIGINT NOT NULL
);

CREATE TABLE pre_auth_key (
  id BIGINT PRIMARY KEY,
  domain_id BIGINT NOT NULL REFERENCES domain (id),
  account_id BIGINT REFERENCES account (id),
  prefix TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  reusable BOOLEAN NOT NULL,
  ephemeral BOOLEAN NOT NULL,
  tags TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  revoked_ms BIGINT,
  used_ms BIGINT,
  uses BIGINT NOT NULL
);

CREATE TABLE node (
  id BIGINT PRIMARY KEY,
  domain_id BIGINT NOT NULL REFERENCES domain (id),
  account_id BIGINT REFERENCES account (id),
  pre_auth_key_id BIGINT REFERENCES pre_auth_key (id),
  machine_key TEXT NOT NULL,
  node_key TEXT NOT NULL UNIQUE,
  disco_key TEXT,
  name TEXT NOT NULL,
  host_name TEXT NOT NULL,
  host_info TEXT NOT NULL,
  endpoints TEXT NOT NULL,
  home_relay BIGINT NOT NULL,
  capability BIGINT NOT NULL,
  tags TEXT NOT NULL,
  ephemeral BOOLEAN NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT,
  last_seen_ms BIGINT NOT NULL,
  UNIQUE (domain_id, name)
);
CREATE INDEX node_machine ON node (machine_key);

-- node_id is null while an address rests after its node was removed.
CREATE TABLE address (
  domain_id BIGINT NOT NULL REFERENCES domain (id),
  address TEXT NOT NULL,
  node_id BIGINT REFERENCES node (id),
  family BIGINT NOT NULL,
  released_ms BIGINT,
  PRIMARY KEY (domain_id, address)
);
CREATE UNIQUE INDEX address_node ON address (node_id, family);

CREATE TABLE route (
  node_id BIGINT NOT NULL REFERENCES node (id),
  prefix TEXT NOT NULL,
  advertised BOOLEAN NOT NULL,
  approved BOOLEAN NOT NULL,
  PRIMARY KEY (node_id, prefix)
);

-- Somebody without a key asks to join; who opens the link and confirms decides into which domain.
CREATE TABLE join_request (
  id BIGINT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  machine_key TEXT NOT NULL,
  node_key TEXT NOT NULL,
  host_name TEXT NOT NULL,
  host_info TEXT NOT NULL,
  capability BIGINT NOT NULL,
  tags TEXT NOT NULL,
  ephemeral BOOLEAN NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  decided_ms BIGINT,
  node_id BIGINT REFERENCES node (id)
);
CREATE INDEX join_request_expiry ON join_request (expires_ms);
CREATE INDEX join_request_machine ON join_request (machine_key);

CREATE TABLE api_key (
  id BIGINT PRIMARY KEY,
  domain_id BIGINT NOT NULL REFERENCES domain (id),
  account_id BIGINT NOT NULL REFERENCES account (id),
  prefix TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  description TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  revoked_ms BIGINT
);

CREATE TABLE session (
  id BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL REFERENCES account (id),
  prefix TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  revoked_ms BIGINT
);

CREATE TABLE one_time_link (
  id BIGINT PRIMARY KEY,
  domain_id BIGINT NOT NULL REFERENCES domain (id),
  prefix TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  purpose TEXT NOT NULL,
  role TEXT NOT NULL,
  operator BOOLEAN NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  used_ms BIGINT
);

CREATE TABLE policy_version (
  domain_id BIGINT NOT NULL REFERENCES domain (id),
  version BIGINT NOT NULL,
  text TEXT NOT NULL,
  author TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  PRIMARY KEY (domain_id, version)
);

CREATE TABLE dns_record (
  id BIGINT PRIMARY KEY,
  domain_id BIGINT NOT NULL REFERENCES domain (id),
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  value TEXT NOT NULL,
  UNIQUE (domain_id, name, type, value)
);

CREATE TABLE audit (
  id BIGINT PRIMARY KEY,
  domain_id BIGINT,
  at_ms BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  decision TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX audit_domain ON audit (domain_id, id);
