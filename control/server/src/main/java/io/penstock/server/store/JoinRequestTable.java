package io.penstock.server.store;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.server.model.ChangeKind;
import io.penstock.server.model.Host;
import io.penstock.server.model.IpAddress;
import io.penstock.server.model.JoinRequest;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.UserCode;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Those who ask to join without a key. Of one transaction. */
public final class JoinRequestTable {
    /** How long a link may be opened and confirmed. */
    public static final Duration LIFETIME = Duration.ofMinutes(15);

    /** More than this wait for nobody; the next one is refused until some have expired. */
    public static final int MAX_OPEN = 10_000;

    private static final long NO_DOMAIN = 0;

    private final Sql sql;
    private final NumberSource numbers;
    private final ChangeLog changes;
    private final SecretBox box;
    private final Instant now;

    JoinRequestTable(Sql sql, NumberSource numbers, ChangeLog changes, SecretBox box, Instant now) {
        this.sql = sql;
        this.numbers = numbers;
        this.changes = changes;
        this.box = box;
        this.now = now;
    }

    /**
     * Adds a request; an open one of the same machine for the same node key gives way to it.
     *
     * @param code stands for the link for those who type
     * @return empty if too many are open
     */
    public Optional<JoinRequest> add(
            Token link,
            UserCode code,
            MachineKey machine,
            NodeKey nodeKey,
            Host host,
            Tags wanted,
            boolean ephemeral,
            @Nullable IpAddress from) {
        sql.update("DELETE FROM join_request WHERE expires_ms <= ?", now);
        sql.update(
                "DELETE FROM join_request WHERE machine_key = ? AND node_key = ? AND decided_ms IS NULL",
                machine.toString(),
                nodeKey.toString());
        if (sql.number("SELECT COUNT(*) FROM join_request") >= MAX_OPEN) {
            return Optional.empty();
        }
        JoinRequest request = new JoinRequest(
                numbers.next("join-request"),
                machine,
                nodeKey,
                host,
                wanted,
                ephemeral,
                from,
                now,
                now.plus(LIFETIME),
                null,
                null);
        sql.update(
                "INSERT INTO join_request VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                request.id(),
                link.prefix() + link.hash(),
                machine.toString(),
                nodeKey.toString(),
                host.name(),
                host.info(),
                host.capability(),
                wanted.toString(),
                ephemeral,
                now,
                request.expires(),
                null,
                null,
                from == null ? "" : from.toString(),
                code.hash(),
                box.seal(linkName(request.id()), link.reveal().getBytes(StandardCharsets.US_ASCII)));
        return Optional.of(request);
    }

    /** The link of an open request that this code stands for. */
    public Optional<Token> linkOf(UserCode code) {
        return sql.find(
                        "SELECT * FROM join_request WHERE code_hash = ? AND decided_ms IS NULL AND expires_ms > ?",
                        row -> new String(
                                box.open(linkName(row.number("id")), row.text("link_sealed")),
                                StandardCharsets.US_ASCII),
                        code.hash(),
                        now)
                .flatMap(text -> Token.parse(TokenKind.LINK, text));
    }

    private static String linkName(long id) {
        return "join-request/" + id;
    }

    /** The request behind a link, whether or not it is still open. */
    public Optional<JoinRequest> find(Token link) {
        return sql.find(
                "SELECT * FROM join_request WHERE hash = ?", JoinRequestTable::read, link.prefix() + link.hash());
    }

    /**
     * Decides an open request, once; whoever waits for that learns it from the change log.
     *
     * @param nodeId the node that it became, null if it was denied
     * @return false if it was decided before or has expired
     */
    public boolean decide(long id, @Nullable Long nodeId) {
        boolean decided = sql.update(
                        "UPDATE join_request SET decided_ms = ?, node_id = ?"
                                + " WHERE id = ? AND decided_ms IS NULL AND expires_ms > ?",
                        now,
                        nodeId,
                        id,
                        now)
                == 1;
        if (decided) {
            changes.append(NO_DOMAIN, ChangeKind.JOIN_REQUEST, id);
        }
        return decided;
    }

    private static JoinRequest read(Sql.Row row) throws SQLException {
        return new JoinRequest(
                row.number("id"),
                MachineKey.parse(row.text("machine_key")),
                NodeKey.parse(row.text("node_key")),
                new Host(row.text("host_name"), row.text("host_info"), (int) row.number("capability")),
                Tags.parse(row.text("tags")),
                row.flag("ephemeral"),
                row.text("from_address").isEmpty() ? null : IpAddress.parse(row.text("from_address")),
                row.time("created_ms"),
                row.time("expires_ms"),
                row.timeOrNull("decided_ms"),
                row.numberOrNull("node_id"));
    }
}
