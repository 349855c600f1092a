/**
 * Sign-in by identity providers (OpenID Connect, OAuth 2, SAML 2.0): what is asked of them and what of their answers is believed. Who gets in by that
 * is decided in {@code admin}.
 */
@NullMarked
package io.penstock.server.login;

import org.jspecify.annotations.NullMarked;
