-- A provider of SAML 2.0: what belongs to it alone, a line for each; empty for others. The key by which we sign our requests to it is in
-- secret_sealed.
ALTER TABLE identity_provider ADD COLUMN saml TEXT NOT NULL DEFAULT '';

-- A provider of SAML answers by a form of its own, with which a browser sends no cookie of ours: what it vouches for is judged then, and
-- kept, sealed, until the browser that was sent off comes for it. failures: answers that were not believed.
ALTER TABLE provider_login ADD COLUMN answer_sealed TEXT NOT NULL DEFAULT '';
ALTER TABLE provider_login ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
