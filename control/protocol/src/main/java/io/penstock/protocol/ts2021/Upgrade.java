package io.penstock.protocol.ts2021;

import io.penstock.protocol.json.MalformedMessageException;
import java.util.Base64;

/** What both sides say in HTTP/1.1 before the first byte of Noise. */
public final class Upgrade {
    /** Where the coordinator's key is, with the node's capability version in the query parameter {@code v}. */
    public static final String KEY_PATH = "/key";

    /** Where a connection is upgraded, by POST. */
    public static final String PATH = "/ts2021";

    /** Value of the headers {@code Upgrade} in request and response. */
    public static final String TOKEN = "tailscale-control-protocol";

    /** Request header with the initiation. */
    public static final String HANDSHAKE_HEADER = "X-Tailscale-Handshake";

    private static final int TEXT_LENGTH = 136; // base64 of 101 bytes, padded

    private Upgrade() {}

    /** The value of {@link #HANDSHAKE_HEADER} for an initiation. */
    public static String encodeInitiation(byte[] initiation) {
        return Base64.getEncoder().encodeToString(initiation);
    }

    /**
     * The initiation in a value of {@link #HANDSHAKE_HEADER}.
     *
     * @throws MalformedMessageException unless it is the padded base64 of exactly 101 bytes
     */
    public static byte[] decodeInitiation(String header) throws MalformedMessageException {
        if (header.length() == TEXT_LENGTH) {
            try {
                byte[] initiation = Base64.getDecoder().decode(header);
                if (initiation.length == ServerHandshake.INITIATION_LENGTH) {
                    return initiation;
                }
            } catch (IllegalArgumentException e) {
                throw new MalformedMessageException("handshake header is not base64");
            }
        }
        throw new MalformedMessageException("handshake header is not an initiation");
    }
}
