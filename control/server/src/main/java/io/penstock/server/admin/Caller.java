package io.penstock.server.admin;

import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import java.util.Optional;

/** By what somebody says who they are. What it is worth is read from the store in the transaction that uses it. */
public sealed interface Caller {
    /** Nothing. */
    record Anonymous() implements Caller {}

    /** Root on the coordinator's own machine, by its local socket or command: owner of every domain. */
    record LocalRoot() implements Caller {}

    record WithSession(Token session) implements Caller {}

    record WithApiKey(Token key) implements Caller {}

    /** Who holds this secret of either kind; anonymous if it is of neither. */
    static Caller bearer(String secret) {
        Optional<Token> session = Token.parse(TokenKind.SESSION, secret);
        if (session.isPresent()) {
            return new WithSession(session.get());
        }
        return Token.parse(TokenKind.API, secret).<Caller>map(WithApiKey::new).orElseGet(Anonymous::new);
    }
}
