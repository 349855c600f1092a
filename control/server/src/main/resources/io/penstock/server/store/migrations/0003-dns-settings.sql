-- How the nodes of a domain resolve what is not in their map. A domain without a row has the defaults: nothing.
-- Lists are words with spaces between; a line of split is a suffix and its nameservers.
CREATE TABLE dns_settings (
  domain_id BIGINT PRIMARY KEY REFERENCES domain (id),
  nameservers TEXT NOT NULL,
  override_local BOOLEAN NOT NULL,
  search TEXT NOT NULL,
  split TEXT NOT NULL
);
