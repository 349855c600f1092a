-- A provider of OAuth 2 that knows no OpenID Connect: its endpoints, and where its user info says what. A line for each; empty for OpenID Connect.
ALTER TABLE identity_provider ADD COLUMN oauth2 TEXT NOT NULL DEFAULT '';
