package io.penstock.relay.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a client's first message of TLS asks for (RFC 8446 section 4.1.2): the server's name (RFC 6066 section 3) and protocols (RFC 7301
 * section 3.1). Immutable.
 *
 * @param name in small letters, null if it does not say
 */
record ClientHello(@Nullable String name, List<String> protocols) {
    private static final int VERSION_AND_RANDOM = 2 + 32;
    private static final int SERVER_NAME = 0;
    private static final int ALPN = 16;
    private static final int HOST_NAME = 0;

    private static final ClientHello NOTHING = new ClientHello(null, List.of());

    ClientHello {
        protocols = List.copyOf(protocols);
    }

    /** Reads the message's body; what makes no sense asks for nothing, since TLS itself will refuse it. */
    static ClientHello read(ByteBuf message) {
        ByteBuf in = message.duplicate();
        try {
            in.skipBytes(VERSION_AND_RANDOM);
            in.skipBytes(in.readUnsignedByte()); // session
            in.skipBytes(in.readUnsignedShort()); // ciphers
            in.skipBytes(in.readUnsignedByte()); // compression
            if (!in.isReadable()) {
                return NOTHING;
            }
            String name = null;
            List<String> protocols = List.of();
            ByteBuf extensions = in.readSlice(in.readUnsignedShort());
            while (extensions.isReadable()) {
                int type = extensions.readUnsignedShort();
                ByteBuf extension = extensions.readSlice(extensions.readUnsignedShort());
                if (type == SERVER_NAME) {
                    name = name(extension);
                } else if (type == ALPN) {
                    protocols = protocols(extension);
                }
            }
            return new ClientHello(name, protocols);
        } catch (IndexOutOfBoundsException e) {
            return NOTHING;
        }
    }

    private static @Nullable String name(ByteBuf extension) {
        ByteBuf names = extension.readSlice(extension.readUnsignedShort());
        while (names.isReadable()) {
            int type = names.readUnsignedByte();
            ByteBuf name = names.readSlice(names.readUnsignedShort());
            if (type == HOST_NAME) {
                return name.toString(US_ASCII).toLowerCase(Locale.ROOT);
            }
        }
        return null;
    }

    private static List<String> protocols(ByteBuf extension) {
        ByteBuf names = extension.readSlice(extension.readUnsignedShort());
        List<String> protocols = new ArrayList<>();
        while (names.isReadable()) {
            protocols.add(names.readSlice(names.readUnsignedByte()).toString(US_ASCII));
        }
        return protocols;
    }

    /** Whether it is an authority's that looks for a proof: that protocol and no other. */
    boolean isChallenge() {
        return protocols.equals(List.of(ChallengeCertificates.PROTOCOL));
    }
}
