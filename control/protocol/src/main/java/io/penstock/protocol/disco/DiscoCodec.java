package io.penstock.protocol.disco;

import io.penstock.protocol.disco.DiscoMessage.AllocateRequest;
import io.penstock.protocol.disco.DiscoMessage.AllocateResponse;
import io.penstock.protocol.disco.DiscoMessage.Bind;
import io.penstock.protocol.disco.DiscoMessage.BindAnswer;
import io.penstock.protocol.disco.DiscoMessage.BindChallenge;
import io.penstock.protocol.disco.DiscoMessage.Binding;
import io.penstock.protocol.disco.DiscoMessage.CallMeMaybe;
import io.penstock.protocol.disco.DiscoMessage.CallMeMaybeVia;
import io.penstock.protocol.disco.DiscoMessage.Ping;
import io.penstock.protocol.disco.DiscoMessage.Pong;
import io.penstock.protocol.disco.DiscoMessage.RelayEndpoint;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.stun.TransactionId;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bytes of discovery messages. */
final class DiscoCodec {
    private static final int PING = 1;
    private static final int PONG = 2;
    private static final int CALL_ME_MAYBE = 3;
    private static final int BIND = 4;
    private static final int BIND_CHALLENGE = 5;
    private static final int BIND_ANSWER = 6;
    private static final int CALL_ME_MAYBE_VIA = 7;
    private static final int ALLOCATE_REQUEST = 8;
    private static final int ALLOCATE_RESPONSE = 9;

    private static final int HEADER_LENGTH = 2;
    private static final int ID_LENGTH = 12;
    private static final int KEY_LENGTH = PublicKey.LENGTH;
    private static final int ENDPOINT_LENGTH = 18;
    private static final int BINDING_LENGTH = 2 * Integer.BYTES + 2 * KEY_LENGTH;
    private static final int RELAY_LENGTH = 3 * KEY_LENGTH + 3 * Long.BYTES + Integer.BYTES;
    private static final long V4_MAPPED = 0xffff_0000_0000L;

    private DiscoCodec() {}

    static byte[] encode(DiscoMessage message) {
        byte[] bytes = new byte[HEADER_LENGTH + bodyLength(message)];
        ByteBuffer out = ByteBuffer.wrap(bytes);
        switch (message) {
            case Ping m -> {
                header(out, PING).putLong(m.id().high()).putInt(m.id().low());
                if (m.nodeKey() != null) {
                    out.put(m.nodeKey().value().toBytes());
                }
            }
            case Pong m -> {
                header(out, PONG).putLong(m.id().high()).putInt(m.id().low());
                put(out, m.source());
            }
            case CallMeMaybe m -> {
                header(out, CALL_ME_MAYBE);
                m.endpoints().forEach(endpoint -> put(out, endpoint));
            }
            case Bind m -> put(header(out, BIND), m.binding());
            case BindChallenge m -> put(header(out, BIND_CHALLENGE), m.binding());
            case BindAnswer m -> put(header(out, BIND_ANSWER), m.binding());
            case CallMeMaybeVia m -> put(header(out, CALL_ME_MAYBE_VIA), m.relay());
            case AllocateRequest m -> {
                put(put(header(out, ALLOCATE_REQUEST), m.one()), m.other()).putInt(m.generation());
            }
            case AllocateResponse m -> put(header(out, ALLOCATE_RESPONSE).putInt(m.generation()), m.relay());
        }
        return bytes;
    }

    private static int bodyLength(DiscoMessage message) {
        return switch (message) {
            case Ping m -> ID_LENGTH + (m.nodeKey() == null ? 0 : KEY_LENGTH) + m.padding();
            case Pong m -> ID_LENGTH + ENDPOINT_LENGTH;
            case CallMeMaybe m -> ENDPOINT_LENGTH * m.endpoints().size();
            case Bind m -> BINDING_LENGTH;
            case BindChallenge m -> BINDING_LENGTH;
            case BindAnswer m -> BINDING_LENGTH;
            case CallMeMaybeVia m -> length(m.relay());
            case AllocateRequest m -> 2 * KEY_LENGTH + Integer.BYTES;
            case AllocateResponse m -> Integer.BYTES + length(m.relay());
        };
    }

    static @Nullable DiscoMessage decode(byte[] plaintext) {
        if (plaintext.length < HEADER_LENGTH) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(plaintext);
        int type = in.get();
        int version = in.get();
        if (in.remaining() < shortestBody(type)) {
            return null;
        }
        return switch (type) {
            case PING -> ping(in);
            case PONG -> new Pong(id(in), endpoint(in));
            case CALL_ME_MAYBE -> {
                boolean isGood = version == 0 && in.remaining() % ENDPOINT_LENGTH == 0;
                yield new CallMeMaybe(isGood ? endpoints(in) : List.of());
            }
            case BIND -> new Bind(binding(in));
            case BIND_CHALLENGE -> new BindChallenge(binding(in));
            case BIND_ANSWER -> new BindAnswer(binding(in));
            case CALL_ME_MAYBE_VIA -> new CallMeMaybeVia(relay(in));
            case ALLOCATE_REQUEST -> new AllocateRequest(key(in), key(in), in.getInt());
            case ALLOCATE_RESPONSE -> new AllocateResponse(in.getInt(), relay(in));
            default -> null;
        };
    }

    private static int shortestBody(int type) {
        return switch (type) {
            case PING -> ID_LENGTH;
            case PONG -> ID_LENGTH + ENDPOINT_LENGTH;
            case BIND, BIND_CHALLENGE, BIND_ANSWER -> BINDING_LENGTH;
            case CALL_ME_MAYBE_VIA -> RELAY_LENGTH + ENDPOINT_LENGTH;
            case ALLOCATE_REQUEST -> 2 * KEY_LENGTH + Integer.BYTES;
            case ALLOCATE_RESPONSE -> Integer.BYTES + RELAY_LENGTH + ENDPOINT_LENGTH;
            default -> 0;
        };
    }

    private static Ping ping(ByteBuffer in) {
        TransactionId id = id(in);
        if (in.remaining() < KEY_LENGTH) {
            return new Ping(id, null, in.remaining());
        }
        byte[] bytes = new byte[KEY_LENGTH];
        in.get(bytes);
        return new Ping(id, NodeKey.of(bytes), in.remaining());
    }

    private static RelayEndpoint relay(ByteBuffer in) {
        return new RelayEndpoint(
                key(in), key(in), key(in), in.getLong(), in.getInt(), in.getLong(), in.getLong(), endpoints(in));
    }

    private static Binding binding(ByteBuffer in) {
        return new Binding(in.getInt(), in.getInt(), key(in), key(in));
    }

    private static TransactionId id(ByteBuffer in) {
        return new TransactionId(in.getLong(), in.getInt());
    }

    private static DiscoKey key(ByteBuffer in) {
        byte[] bytes = new byte[KEY_LENGTH];
        in.get(bytes);
        return DiscoKey.of(bytes);
    }

    private static List<Endpoint> endpoints(ByteBuffer in) {
        List<Endpoint> endpoints = new ArrayList<>();
        while (in.remaining() >= ENDPOINT_LENGTH) {
            endpoints.add(endpoint(in));
        }
        return endpoints;
    }

    private static Endpoint endpoint(ByteBuffer in) {
        long high = in.getLong();
        long low = in.getLong();
        int port = Short.toUnsignedInt(in.getShort());
        return high == 0 && low >>> 32 == V4_MAPPED >>> 32
                ? Endpoint.v4((int) low, port)
                : Endpoint.v6(high, low, port, 0);
    }

    private static ByteBuffer header(ByteBuffer out, int type) {
        return out.put((byte) type).put((byte) 0);
    }

    private static void put(ByteBuffer out, Endpoint endpoint) {
        out.putLong(endpoint.high())
                .putLong(endpoint.isV6() ? endpoint.low() : V4_MAPPED | endpoint.low())
                .putShort((short) endpoint.port());
    }

    private static ByteBuffer put(ByteBuffer out, DiscoKey key) {
        return out.put(key.value().toBytes());
    }

    private static void put(ByteBuffer out, Binding binding) {
        put(put(out.putInt(binding.vni()).putInt(binding.generation()), binding.remote()), binding.challenge());
    }

    private static void put(ByteBuffer out, RelayEndpoint relay) {
        put(put(put(out, relay.relay()), relay.one()), relay.other())
                .putLong(relay.lamportId())
                .putInt(relay.vni())
                .putLong(relay.bindLifetimeNs())
                .putLong(relay.steadyLifetimeNs());
        relay.addresses().forEach(address -> put(out, address));
    }

    private static int length(RelayEndpoint relay) {
        return RELAY_LENGTH + ENDPOINT_LENGTH * relay.addresses().size();
    }
}
