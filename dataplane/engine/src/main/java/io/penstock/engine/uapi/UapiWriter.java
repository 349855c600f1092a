package io.penstock.engine.uapi;

import io.penstock.engine.uapi.Snapshot.Item;
import io.penstock.wireguard.route.Prefix;
import java.util.Arrays;
import java.util.List;

/**
 * Replies as text, through one bounded buffer that is overwritten after each flush, since replies hold keys. Remembers
 * when the reader is gone and writes nothing from then on. Owned by one session.
 */
final class UapiWriter {
    private static final int BUFFER_BYTES = 32 * 1024;
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    private final ReplySink sink;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int length;
    private boolean broken;

    UapiWriter(ReplySink sink) {
        this.sink = sink;
    }

    /** Ends a reply. */
    void status(int status) {
        line("errno=", status);
        put((byte) '\n');
    }

    /** Returns false when the reader is gone */
    boolean write(List<Item> items) {
        for (Item item : items) {
            switch (item) {
                case Item.Interface own -> writeInterface(own);
                case Item.PeerState peer -> writePeer(peer);
                case Item.AllowedIps allowedIps -> writePrefixes(allowedIps.prefixes());
            }
        }
        return !broken;
    }

    /** Returns false when the reader is gone */
    boolean flush() {
        if (length > 0 && !broken) {
            broken = !sink.write(buffer, 0, length);
        }
        Arrays.fill(buffer, 0, length, (byte) 0);
        length = 0;
        return !broken;
    }

    private void writeInterface(Item.Interface own) {
        if (own.privateKey() != null && !own.privateKey().isZero()) {
            line("private_key=", own.privateKey().bytes());
        }
        if (own.listenPort() != 0) {
            line("listen_port=", own.listenPort());
        }
        if (own.fwmark() != 0) {
            line("fwmark=", Integer.toUnsignedLong(own.fwmark()));
        }
    }

    private void writePeer(Item.PeerState peer) {
        line("public_key=", peer.publicKey().toHex());
        line("preshared_key=", peer.presharedKey().bytes());
        line("protocol_version=", 1);
        if (peer.endpoint() != null) {
            line("endpoint=", peer.endpoint().toString());
        }
        line("last_handshake_time_sec=", peer.handshakeSeconds());
        line("last_handshake_time_nsec=", peer.handshakeNanos());
        line("tx_bytes=", peer.sentBytes());
        line("rx_bytes=", peer.receivedBytes());
        line("persistent_keepalive_interval=", peer.keepaliveSeconds());
    }

    private void writePrefixes(List<Prefix> prefixes) {
        for (Prefix prefix : prefixes) {
            if (broken) {
                return;
            }
            line("allowed_ip=", prefix.toString());
        }
    }

    private void line(String key, long value) {
        line(key, Long.toString(value));
    }

    private void line(String key, String value) {
        put(key);
        put(value);
        put((byte) '\n');
    }

    private void line(String key, byte[] secret) {
        put(key);
        for (byte b : secret) {
            put(HEX[b >> 4 & 0xf]);
            put(HEX[b & 0xf]);
        }
        put((byte) '\n');
    }

    private void put(String text) {
        for (int i = 0; i < text.length(); i++) {
            put((byte) text.charAt(i)); // keys, numbers and addresses are ASCII
        }
    }

    private void put(byte b) {
        if (length == buffer.length) {
            flush();
        }
        buffer[length++] = b;
    }
}
