-- A short code that stands for a device's link, for those who type it in: as a hash, with the link under seal. code_try: how often somebody
-- typed in a code that is none.
ALTER TABLE join_request ADD COLUMN code_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE join_request ADD COLUMN link_sealed TEXT NOT NULL DEFAULT '';
CREATE INDEX join_request_code ON join_request (code_hash);
CREATE TABLE code_try (
  account_id BIGINT PRIMARY KEY REFERENCES account (id),
  failures BIGINT NOT NULL,
  since_ms BIGINT NOT NULL
);
