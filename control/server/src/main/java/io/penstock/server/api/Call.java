package io.penstock.server.api;

import io.penstock.server.admin.Administration;
import io.penstock.server.admin.Caller;
import io.penstock.server.machine.Pings;
import io.penstock.server.model.Node;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** One request, as a route's handler sees it: the path has been matched, and the body read and found complete. */
record Call(
        Administration administration,
        LongPredicate isConnected,
        Pings pings,
        Caller caller,
        Map<String, String> path,
        Map<String, String> query,
        @Nullable Object content) {
    /** A node, and whether it is connected at this moment. */
    NodeView view(Node node) {
        return NodeView.of(node, isConnected.test(node.id()));
    }

    String domain() {
        return inPath("domain");
    }

    String inPath(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no {" + name + "}");
        }
        return value;
    }

    /** A number in the path; what is none is the id of nothing. */
    long id(String name) {
        return parse(inPath(name), -1);
    }

    /** Null if the query has no such number. */
    @Nullable Long inQuery(String name) {
        String value = query.get(name);
        return value == null ? null : parse(value, -1);
    }

    private static long parse(String text, long otherwise) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    <T> T body(Class<T> type) {
        return type.cast(Objects.requireNonNull(content));
    }
}
