package io.penstock.node.daemon.state;

import io.penstock.engine.uapi.Secret;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.PublicKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Pre-shared keys of static peers, in a file of their own that the daemon alone may read: 32 bytes of a peer's public key and 32 of
 * the secret, one after the other. Holds them until {@link #wipe}. One thread.
 */
public final class PresharedKeys implements PeerSecrets {
    private static final String FILE = "preshared.keys";
    private static final int ENTRY_BYTES = PublicKey.LENGTH + Secret.LENGTH_BYTES;
    private static final int MAX_BYTES = 4096 * ENTRY_BYTES;

    private final StateFolder folder;
    private final Map<NodeKey, byte[]> keys = new HashMap<>();
    private final Map<NodeKey, Integer> versions = new HashMap<>();
    private int lastVersion;

    private PresharedKeys(StateFolder folder) {
        this.folder = folder;
    }

    /**
     * Reads them.
     *
     * @throws IOException if they cannot be read: a peer without its key would never be heard
     */
    public static PresharedKeys open(StateFolder folder) throws IOException {
        PresharedKeys all = new PresharedKeys(folder);
        byte[] bytes = folder.read(FILE, MAX_BYTES);
        if (bytes == null) {
            return all;
        }
        try {
            if (bytes.length % ENTRY_BYTES != 0) {
                throw new IOException(folder.path().resolve(FILE) + " is not a file of pre-shared keys: restore it, or"
                        + " remove it and import the peers again");
            }
            ByteBuffer entries = ByteBuffer.wrap(bytes);
            while (entries.hasRemaining()) {
                byte[] peer = new byte[PublicKey.LENGTH];
                byte[] secret = new byte[Secret.LENGTH_BYTES];
                entries.get(peer).get(secret);
                all.put(NodeKey.of(peer), secret);
            }
            return all;
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private void put(NodeKey peer, byte[] secret) {
        byte[] before = keys.put(peer, secret);
        if (before != null) {
            Arrays.fill(before, (byte) 0);
        }
        versions.put(peer, ++lastVersion);
    }

    @Override
    public @Nullable Secret of(NodeKey peer) {
        byte[] secret = keys.get(peer);
        return secret == null ? null : new Secret(secret.clone());
    }

    @Override
    public int version(NodeKey peer) {
        return versions.getOrDefault(peer, 0);
    }

    /**
     * Takes keys, and forgets others; on the disk when it returns.
     *
     * @param given secrets of 32 bytes by peer, which become ours; where a peer has the same already nothing changes
     * @param without peers that have none from here on
     * @throws IOException if there are too many, or they cannot be kept: then they are as before
     */
    public void change(Map<NodeKey, byte[]> given, Set<NodeKey> without) throws IOException {
        Map<NodeKey, byte[]> next = new HashMap<>(keys);
        next.keySet().removeAll(without);
        next.putAll(given);
        if (next.size() * ENTRY_BYTES > MAX_BYTES) {
            throw new IOException("more than " + MAX_BYTES / ENTRY_BYTES + " peers with a pre-shared key");
        }
        write(next);
        for (NodeKey peer : without) {
            byte[] gone = given.containsKey(peer) ? null : keys.remove(peer);
            if (gone != null) {
                Arrays.fill(gone, (byte) 0);
                versions.remove(peer);
            }
        }
        given.forEach((peer, secret) -> {
            if (!Arrays.equals(secret, keys.get(peer))) {
                put(peer, secret);
            }
        });
    }

    private void write(Map<NodeKey, byte[]> all) throws IOException {
        if (all.isEmpty()) {
            folder.delete(FILE);
            return;
        }
        Wiped out = new Wiped();
        try {
            all.forEach((peer, secret) -> {
                out.writeBytes(peer.value().toBytes());
                out.writeBytes(secret);
            });
            byte[] bytes = out.toByteArray();
            try {
                folder.write(FILE, bytes);
            } finally {
                Arrays.fill(bytes, (byte) 0);
            }
        } finally {
            out.wipe();
        }
    }

    private static final class Wiped extends ByteArrayOutputStream {
        Wiped() {
            super(MAX_BYTES); // so that no smaller copy of it is left behind
        }

        void wipe() {
            Arrays.fill(buf, (byte) 0);
        }
    }

    /** Zeroes them. */
    public void wipe() {
        keys.values().forEach(secret -> Arrays.fill(secret, (byte) 0));
        keys.clear();
        versions.clear();
    }

    @Override
    public String toString() {
        return "PresharedKeys[" + keys.size() + "]";
    }
}
