-- Where a device asked from, for whoever decides whether to let it in; empty if that is not known.
ALTER TABLE join_request ADD COLUMN from_address TEXT NOT NULL DEFAULT '';
