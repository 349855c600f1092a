package io.penstock.server.api;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * One line of the table of the API. Immutable.
 *
 * @param path begins with a slash; a segment in braces takes any value but none
 * @param body a record with what the request may say and nothing else; {@link Void} for nothing
 * @param answer a record; the answer is {@code {"items": […]}} of them if it is a list
 */
record Route(
        Method method,
        String path,
        Access access,
        Class<?> body,
        Class<?> answer,
        boolean isList,
        String summary,
        Handler handler) {
    /** Calls the operation. */
    sealed interface Handler permits AtOnce, Later {}

    /** The answer is there when the call returns. */
    @FunctionalInterface
    non-sealed interface AtOnce extends Handler {
        Outcome<?> handle(Call call);
    }

    /** The answer comes when it is there; the future completes without exception, on any thread, and within a bounded time. */
    @FunctionalInterface
    non-sealed interface Later extends Handler {
        CompletableFuture<? extends Outcome<?>> handle(Call call);
    }

    static Route get(String path, Permission permission, Class<?> answer, String summary, AtOnce handler) {
        return new Route(Method.GET, path, new Access.Needs(permission), Void.class, answer, false, summary, handler);
    }

    static Route list(String path, Permission permission, Class<?> answer, String summary, AtOnce handler) {
        return new Route(Method.GET, path, new Access.Needs(permission), Void.class, answer, true, summary, handler);
    }

    static Route change(
            Method method,
            String path,
            Permission permission,
            Class<?> body,
            Class<?> answer,
            String summary,
            AtOnce handler) {
        return new Route(method, path, new Access.Needs(permission), body, answer, false, summary, handler);
    }

    static Route aboutOneself(Method method, String path, Class<?> answer, String summary, AtOnce handler) {
        return new Route(method, path, new Access.SignedIn(), Void.class, answer, false, summary, handler);
    }

    /** What changes nothing that is kept, and takes its time. */
    static Route ask(
            String path, Permission permission, Class<?> body, Class<?> answer, String summary, Later handler) {
        return new Route(Method.POST, path, new Access.Needs(permission), body, answer, false, summary, handler);
    }

    /** The values of the segments in braces, if the path is one of this route. */
    Optional<Map<String, String>> match(String requestPath) {
        List<String> wanted = segments(path);
        List<String> given = segments(requestPath);
        if (wanted.size() != given.size()) {
            return Optional.empty();
        }
        Map<String, String> values = new TreeMap<>();
        for (int i = 0; i < wanted.size(); i++) {
            String segment = wanted.get(i);
            if (segment.startsWith("{") && !given.get(i).isEmpty()) {
                values.put(segment.substring(1, segment.length() - 1), given.get(i));
            } else if (!segment.equals(given.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(values);
    }

    /** The names in braces. */
    List<String> parameters() {
        List<String> names = new ArrayList<>();
        for (String segment : segments(path)) {
            if (segment.startsWith("{")) {
                names.add(segment.substring(1, segment.length() - 1));
            }
        }
        return names;
    }

    private static List<String> segments(String path) {
        return List.of(path.split("/", -1));
    }
}
