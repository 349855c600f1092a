package io.penstock.server.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Seeded;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TokenTest {
    private final Seeded entropy = new Seeded(1);

    @Test
    void isReadBackFromWhatWasShown() {
        Token token = Token.create(TokenKind.PRE_AUTH, entropy);
        Token read = Token.parse(TokenKind.PRE_AUTH, token.reveal()).orElseThrow();
        assertEquals(token.prefix(), read.prefix());
        assertTrue(read.matches(token.hash()));
    }

    @Test
    void isOfOneKindOnly() {
        String text = Token.create(TokenKind.PRE_AUTH, entropy).reveal();
        for (TokenKind kind : TokenKind.values()) {
            assertEquals(kind == TokenKind.PRE_AUTH, Token.parse(kind, text).isPresent());
        }
    }

    @Test
    void anotherSecretDoesNotMatch() {
        Token token = Token.create(TokenKind.API, entropy);
        assertFalse(Token.create(TokenKind.API, entropy).matches(token.hash()));
        String changed = token.reveal().substring(0, token.reveal().length() - 1)
                + (token.reveal().endsWith("0") ? "1" : "0");
        assertFalse(Token.parse(TokenKind.API, changed).orElseThrow().matches(token.hash()));
    }

    @Test
    void neitherItsTextFormNorItsHashShowsTheSecret() {
        Token token = Token.create(TokenKind.API, entropy);
        String secret = token.reveal().substring(token.reveal().lastIndexOf('-') + 1);
        assertEquals(64, secret.length());
        assertFalse(token.toString().contains(secret));
        assertFalse(token.hash().contains(secret));
        assertEquals("pnk-api-" + token.prefix(), token.toString());
    }

    @Test
    void refusesOtherForms() {
        String good = Token.create(TokenKind.API, entropy).reveal();
        for (String text :
                new String[] {"", "pnk-api", good + "0", good.toUpperCase(Locale.ROOT), " " + good, good + "\n"}) {
            assertEquals(Optional.empty(), Token.parse(TokenKind.API, text), text);
        }
    }
}
