/**
 * Passkeys: what browsers are asked and whether what they answer is right (WebAuthn Level 3, sections 7.1 and 7.2). Knows no store and no
 * clock; the library that reads authenticators' messages is known here and nowhere else.
 */
@NullMarked
package io.penstock.server.passkey;

import org.jspecify.annotations.NullMarked;
