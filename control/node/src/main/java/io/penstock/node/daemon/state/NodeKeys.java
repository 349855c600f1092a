package io.penstock.node.daemon.state;

import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A node's secrets, each in a file of its own: the machine's key, the node's, the one that is to follow it, the one of discovery, and
 * the one by which the last map is known again. Holds them until {@link #wipe}. One thread.
 */
public final class NodeKeys {
    private static final String MACHINE = "machine.key";
    private static final String NODE = "node.key";
    private static final String NEXT = "node.next.key";
    private static final String DISCO = "disco.key";
    private static final String MAP = "map.key";
    private static final int MAX_BYTES = 256;

    private final StateFolder folder;
    private final Entropy entropy;
    private final X25519 x25519;
    private final PrivateKey machine;
    private final PrivateKey disco;
    private final PrivateKey map;
    private PrivateKey node;
    private @Nullable PrivateKey next;

    private NodeKeys(StateFolder folder, Entropy entropy, X25519 x25519) throws IOException {
        this.folder = folder;
        this.entropy = entropy;
        this.x25519 = x25519;
        machine = readOrMake(MACHINE);
        disco = readOrMake(DISCO);
        map = readOrMake(MAP);
        node = readOrMake(NODE);
        next = read(NEXT);
    }

    /**
     * Reads the keys, and makes those that are not there.
     *
     * @throws IOException if one cannot be read or kept; none is used that was not kept
     */
    public static NodeKeys open(StateFolder folder, Entropy entropy, X25519 x25519) throws IOException {
        return new NodeKeys(folder, entropy, x25519);
    }

    private PrivateKey readOrMake(String name) throws IOException {
        PrivateKey key = read(name);
        return key == null ? make(name) : key;
    }

    private PrivateKey make(String name) throws IOException {
        PrivateKey key = PrivateKey.generate(entropy);
        byte[] text = key.toText();
        try {
            folder.write(name, text);
        } finally {
            Arrays.fill(text, (byte) 0);
        }
        return key;
    }

    private @Nullable PrivateKey read(String name) throws IOException {
        byte[] bytes = folder.read(name, MAX_BYTES);
        if (bytes == null) {
            return null;
        }
        CharBuffer text = StandardCharsets.ISO_8859_1.decode(ByteBuffer.wrap(bytes));
        try {
            int length = text.length();
            boolean hasLineFeed = length > 0 && text.charAt(length - 1) == '\n'; // of an editor
            return PrivateKey.parse(text.subSequence(0, hasLineFeed ? length - 1 : length));
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    folder.path().resolve(name) + " holds no key: restore it, or remove it to have a new one, which"
                            + " makes this another node",
                    e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
            Arrays.fill(text.array(), '\0');
        }
    }

    /** Names the machine to coordinators; stays ours. */
    public PrivateKey machine() {
        return machine;
    }

    /** Of the tunnel; stays ours. */
    public PrivateKey node() {
        return node;
    }

    /**
     * Of discovery; stays ours. It is kept so that peers find a node again that started while its coordinator, which would have told
     * them of a new one, was away.
     */
    public PrivateKey disco() {
        return disco;
    }

    public NodeKey nodeKey() {
        return publicKey(node);
    }

    private NodeKey publicKey(PrivateKey key) {
        PublicKey point = key.publicKey(x25519);
        return new NodeKey(point);
    }

    /** The key to follow the node's: the one that was made before and is not in use yet, or a new one. */
    public NodeKey nextKey() throws IOException {
        if (next == null) {
            next = make(NEXT);
        }
        return publicKey(next);
    }

    /** The key that was made to follow the node's and is not in use yet; null if there is none. */
    public @Nullable NodeKey nextKeyMade() {
        return next == null ? null : publicKey(next);
    }

    /** Uses a key from here on, which is the node's or the next one; false if it is neither. */
    public boolean use(NodeKey key) throws IOException {
        if (key.equals(nodeKey())) {
            return true;
        }
        PrivateKey following = next;
        if (following == null || !publicKey(following).equals(key)) {
            return false;
        }
        folder.move(NEXT, NODE);
        node.wipe();
        node = following;
        next = null;
        return true;
    }

    /** Forgets the node's keys, and makes a new one: the node is another one then. */
    public void renew() throws IOException {
        folder.delete(NEXT);
        if (next != null) {
            next.wipe();
            next = null;
        }
        PrivateKey made = make(NODE);
        node.wipe();
        node = made;
    }

    /** What a map that we have kept is known again by; the caller wipes it. */
    byte[] mapKey() {
        return map.toBytes();
    }

    /** Zeroes them; they are of no use after that. */
    public void wipe() {
        machine.wipe();
        disco.wipe();
        map.wipe();
        node.wipe();
        if (next != null) {
            next.wipe();
        }
    }

    @Override
    public String toString() {
        return "NodeKeys[" + nodeKey() + "]";
    }
}
