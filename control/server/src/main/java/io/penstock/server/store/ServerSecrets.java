package io.penstock.server.store;

import io.penstock.protocol.key.PrivateKey;
import io.penstock.wireguard.Entropy;
import java.time.Instant;
import java.util.Arrays;

/** Secrets of the coordinator itself, made at its first start, never built in and never changed by a restart. */
public final class ServerSecrets {
    private static final String NOISE = "noise";

    private final Sql sql;
    private final SecretBox box;
    private final Entropy entropy;
    private final Instant now;

    ServerSecrets(Sql sql, SecretBox box, Entropy entropy, Instant now) {
        this.sql = sql;
        this.box = box;
        this.entropy = entropy;
        this.now = now;
    }

    /** The static key of the Noise handshake with nodes; the caller wipes it. */
    public PrivateKey noiseKey() {
        String sealed = sql.find("SELECT sealed FROM server_secret WHERE name = ?", row -> row.text("sealed"), NOISE)
                .orElseThrow();
        byte[] bytes = box.open(NOISE, sealed);
        try {
            return PrivateKey.of(bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    void generateMissing() {
        if (sql.number("SELECT COUNT(*) FROM server_secret WHERE name = ?", NOISE) > 0) {
            return;
        }
        PrivateKey key = PrivateKey.generate(entropy);
        byte[] bytes = key.toBytes();
        sql.update("INSERT INTO server_secret VALUES (?, ?, ?)", NOISE, box.seal(NOISE, bytes), now);
        Arrays.fill(bytes, (byte) 0);
        key.wipe();
    }
}
