package io.penstock.protocol.message;

import io.penstock.protocol.Seeded;
import io.penstock.protocol.json.GoTime;
import io.penstock.protocol.json.RawJson;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Any message with any contents, by its components: a new one is tested without a line for it. */
public final class RandomMessages {
    private static final List<String> TEXTS =
            List.of("", "a", "ä\u20ac\ud83d\ude00", "\"\\/\b\n\u0000\u2028", "host.tailnet.example.", "x".repeat(300));
    private static final List<String> RAW =
            List.of("null", "true", "[1,2.5]", "{\"ports\":[\"443\"]}", "\"\u00e4\"", "[1E+400,-0.5]");

    private final Seeded seeded;

    public RandomMessages(Seeded seeded) {
        this.seeded = seeded;
    }

    public <T extends Record> T next(Class<T> type) {
        return next(type, 0);
    }

    private <T extends Record> T next(Class<T> type, int depth) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        @Nullable Object[] values = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            // A third is left out, for which null stands wherever the type has one.
            values[i] =
                    seeded.oneIn(3) && !types[i].isPrimitive() ? null : value(components[i].getGenericType(), depth);
        }
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(String.valueOf(e.getMessage()), e);
        }
    }

    private Object value(Type type, int depth) {
        if (type instanceof ParameterizedType parameterized) {
            return parameterized.getRawType() == List.class
                    ? list(parameterized.getActualTypeArguments()[0], depth)
                    : map(parameterized.getActualTypeArguments(), depth);
        }
        Class<?> raw = (Class<?>) type;
        if (raw == String.class) {
            return seeded.pick(TEXTS);
        } else if (raw == boolean.class || raw == Boolean.class) {
            return seeded.oneIn(2);
        } else if (raw == int.class || raw == Integer.class) {
            return seeded.oneIn(3) ? 0 : seeded.nextInt();
        } else if (raw == long.class || raw == Long.class) {
            return seeded.random().nextLong();
        } else if (raw == double.class || raw == Double.class) {
            return seeded.random().nextDouble() * 1e6;
        } else if (raw == Instant.class) {
            return seeded.oneIn(4)
                    ? GoTime.ZERO
                    : Instant.ofEpochSecond(seeded.below(Integer.MAX_VALUE), seeded.below(1_000_000_000));
        } else if (raw == NodeKey.class) {
            return NodeKey.of(seeded.bytes(32));
        } else if (raw == MachineKey.class) {
            return MachineKey.of(seeded.bytes(32));
        } else if (raw == DiscoKey.class) {
            return DiscoKey.of(seeded.bytes(32));
        } else if (raw == Prefix.class) {
            return seeded.oneIn(2)
                    ? Prefix.v4(seeded.nextInt(), seeded.below(33))
                    : Prefix.v6(seeded.random().nextLong(), seeded.random().nextLong(), seeded.below(129));
        } else if (raw == Endpoint.class) {
            return seeded.oneIn(2)
                    ? Endpoint.v4(seeded.nextInt(), seeded.below(65536))
                    : Endpoint.v6(seeded.random().nextLong(), seeded.random().nextLong(), seeded.below(65536), 0);
        } else if (raw == RawJson.class) {
            return new RawJson(seeded.pick(RAW));
        }
        return next(raw.asSubclass(Record.class), depth + 1);
    }

    private List<Object> list(Type element, int depth) {
        List<Object> list = new ArrayList<>();
        for (int i = seeded.below(depth > 2 ? 2 : 4); i > 0; i--) {
            list.add(value(element, depth));
        }
        return list;
    }

    private Map<Object, Object> map(Type[] arguments, int depth) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = seeded.below(3); i > 0; i--) {
            map.put(value(arguments[0], depth), value(arguments[1], depth));
        }
        return map;
    }
}
