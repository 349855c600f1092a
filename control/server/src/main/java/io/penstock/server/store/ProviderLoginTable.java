package io.penstock.server.store;

import io.penstock.server.model.ProviderLogin;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Browsers on the way to a provider and back. Of one transaction. */
public final class ProviderLoginTable {
    /** As long as a device's link is good. */
    public static final Duration LIFETIME = JoinRequestTable.LIFETIME;

    /** More than this are on the way to nobody; the next one is refused until some have come back or expired. */
    public static final int MAX_OPEN = 10_000;

    /** After so many answers that were not believed, a browser is sent off anew. */
    public static final int MAX_FAILURES = 5;

    private final Sql sql;
    private final SecretBox box;
    private final Instant now;

    ProviderLoginTable(Sql sql, SecretBox box, Instant now) {
        this.sql = sql;
        this.box = box;
        this.now = now;
    }

    private record Row(
            String hash, String browserHash, String sealed, String answerSealed, long providerId, Instant created) {}

    /**
     * Notes that a browser is sent off.
     *
     * @param state what the provider gives back
     * @param browser what only this browser has
     * @return false if too many are on the way
     */
    public boolean add(Token state, Token browser, ProviderLogin login) {
        sql.update("DELETE FROM provider_login WHERE expires_ms <= ?", now);
        if (sql.number("SELECT COUNT(*) FROM provider_login") >= MAX_OPEN) {
            return false;
        }
        Token device = login.device();
        String carried = login.nonce() + "\n" + login.verifier() + "\n" + (device == null ? "" : device.reveal()) + "\n"
                + login.secondFactor();
        sql.update(
                "INSERT INTO provider_login VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                state.prefix(),
                state.hash(),
                browser.hash(),
                login.providerId(),
                box.seal(name(state), carried.getBytes(StandardCharsets.UTF_8)),
                now,
                now.plus(LIFETIME),
                "",
                0);
        return true;
    }

    private static String name(Token state) {
        return "provider-login/" + state.prefix();
    }

    /**
     * Takes what was noted, once; empty if there is nothing, it has expired, or another browser was sent off. Another browser's
     * attempt uses nothing up.
     */
    public Optional<ProviderLogin> take(Token state, Token browser) {
        Optional<Row> found = row(state).filter(row -> browser.matches(row.browserHash));
        if (found.isEmpty() || sql.update("DELETE FROM provider_login WHERE state_prefix = ?", state.prefix()) != 1) {
            return Optional.empty();
        }
        return found.map(row -> login(state, row));
    }

    private Optional<Row> row(Token state) {
        return sql.find(
                        "SELECT * FROM provider_login WHERE state_prefix = ? AND expires_ms > ?",
                        row -> new Row(
                                row.text("state_hash"),
                                row.text("browser_hash"),
                                row.text("sealed"),
                                row.text("answer_sealed"),
                                row.number("provider_id"),
                                row.time("created_ms")),
                        state.prefix(),
                        now)
                .filter(row -> state.matches(row.hash));
    }

    private ProviderLogin login(Token state, Row row) {
        List<String> carried =
                List.of(new String(box.open(name(state), row.sealed), StandardCharsets.UTF_8).split("\n", -1));
        return new ProviderLogin(
                row.providerId,
                carried.get(0),
                carried.get(1),
                Token.parse(TokenKind.LINK, carried.get(2)).orElse(null),
                carried.size() > 3 && Boolean.parseBoolean(carried.get(3)),
                row.created);
    }

    /** What was noted, which stays; empty if there is nothing, it has expired, or its answer is there. */
    public Optional<ProviderLogin> awaiting(Token state) {
        return row(state).filter(row -> row.answerSealed.isEmpty()).map(row -> login(state, row));
    }

    /**
     * Keeps an answer until the browser comes for it.
     *
     * @return false if none is awaited, or no longer
     */
    public boolean answer(Token state, String answer) {
        return row(state).isPresent()
                && sql.update(
                                "UPDATE provider_login SET answer_sealed = ? WHERE state_prefix = ? AND answer_sealed = ''",
                                box.seal(answerName(state), answer.getBytes(StandardCharsets.UTF_8)),
                                state.prefix())
                        == 1;
    }

    private static String answerName(Token state) {
        return "provider-answer/" + state.prefix();
    }

    /** Notes that an answer was not believed; after a few, none is awaited any more. */
    public void noteFailure(Token state) {
        if (row(state).isPresent()) {
            sql.update("UPDATE provider_login SET failures = failures + 1 WHERE state_prefix = ?", state.prefix());
            sql.update(
                    "DELETE FROM provider_login WHERE state_prefix = ? AND failures >= ?",
                    state.prefix(),
                    MAX_FAILURES);
        }
    }

    /** What was noted, and the answer that was kept. */
    public record Answered(ProviderLogin login, String answer) {
        /** Shows nobody's data. */
        @Override
        public String toString() {
            return "Answered";
        }
    }

    /** Takes an answer, once, as {@link #take} does; empty also if there is none yet. */
    public Optional<Answered> takeAnswered(Token state, Token browser) {
        return row(state).filter(row -> !row.answerSealed.isEmpty()).flatMap(row -> take(state, browser)
                .map(login -> new Answered(
                        login, new String(box.open(answerName(state), row.answerSealed), StandardCharsets.UTF_8))));
    }
}
