package io.penstock.server.api;

import io.penstock.server.admin.Administration;
import io.penstock.server.admin.Caller;
import io.penstock.server.admin.Outcome;
import io.penstock.server.machine.Pings;
import io.penstock.server.store.StoreException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Answers the requests of the REST API. Thread-safe; a request waits for the disk, so it is no work for an event loop. */
public final class Api {
    /** A longer body is not read. */
    public static final int MAX_BODY_LENGTH = 2 << 20;

    private static final System.Logger LOG = System.getLogger(Api.class.getName());

    private final Administration administration;
    private final LongPredicate isConnected;
    private final Pings pings;
    private final byte[] openApi;

    /**
     * Over an administration that it does not own.
     *
     * @param isConnected whether the node of an id is connected at this moment; thread-safe
     * @param pings of nodes; not its own
     */
    public Api(Administration administration, LongPredicate isConnected, Pings pings) {
        this.administration = administration;
        this.isConnected = isConnected;
        this.pings = pings;
        openApi = OpenApi.document();
    }

    private record Listing(List<?> items) {}

    private record Fault(String error, String message) {}

    /**
     * Answers one request. The future is complete already, unless the answer is another's to give, and completes without
     * exception, on any thread, in less than a minute.
     *
     * @param path without the query, decoded
     * @param query the last value of each name
     * @param body empty if there is none
     */
    public CompletableFuture<ApiResponse> handle(
            Method method, String path, Map<String, String> query, Caller caller, byte[] body) {
        if (path.equals("/api/v1/openapi.json") && method == Method.GET) {
            return CompletableFuture.completedFuture(new ApiResponse(200, openApi));
        }
        boolean isPathKnown = false;
        for (Route route : RouteTable.ALL) {
            Optional<Map<String, String>> values = route.match(path);
            if (values.isPresent() && route.method() == method) {
                return run(route, values.get(), query, caller, body);
            }
            isPathKnown |= values.isPresent();
        }
        return CompletableFuture.completedFuture(
                isPathKnown
                        ? fault(405, "method-not-allowed", "this path does not take " + method)
                        : fault(404, "not-found", "no such path"));
    }

    private CompletableFuture<ApiResponse> run(
            Route route, Map<String, String> values, Map<String, String> query, Caller caller, byte[] body) {
        try {
            Object content = content(route, body);
            Call call = new Call(administration, isConnected, pings, caller, values, query, content);
            return switch (route.handler()) {
                case Route.AtOnce now -> CompletableFuture.completedFuture(answer(route, now.handle(call)));
                case Route.Later later -> later.handle(call).thenApply(outcome -> answer(route, outcome));
            };
        } catch (IllegalArgumentException e) {
            // The form of a request is no secret: it is judged before who asks.
            return CompletableFuture.completedFuture(fault(422, "invalid", String.valueOf(e.getMessage())));
        } catch (StoreException e) {
            LOG.log(Level.ERROR, route.method() + " " + route.path() + " failed", e);
            return CompletableFuture.completedFuture(
                    fault(503, "unavailable", "the coordinator cannot do this at the moment; its log says why"));
        }
    }

    private static @Nullable Object content(Route route, byte[] body) {
        if (route.body() == Void.class) {
            if (body.length > 0) {
                throw new IllegalArgumentException("this request has no body");
            }
            return null;
        }
        if (body.length > MAX_BODY_LENGTH) {
            throw new IllegalArgumentException("a body of more than " + MAX_BODY_LENGTH + " bytes");
        }
        return JsonBody.read(body, route.body());
    }

    private static ApiResponse answer(Route route, Outcome<?> outcome) {
        return switch (outcome) {
            case Outcome.Done<?> done ->
                new ApiResponse(
                        200, JsonBody.write(route.isList() ? new Listing((List<?>) done.value()) : done.value()));
            case Outcome.Unauthenticated<?> nobody -> fault(401, "unauthenticated", "sign in, or send a key");
            case Outcome.Denied<?> denied -> fault(403, "denied", denied.reason());
            case Outcome.NotFound<?> missing -> fault(404, "not-found", "there is no " + missing.what());
            case Outcome.Invalid<?> invalid -> fault(422, "invalid", invalid.message());
            case Outcome.Conflict<?> conflict -> fault(409, "conflict", conflict.message());
        };
    }

    private static ApiResponse fault(int status, String error, String message) {
        return new ApiResponse(status, JsonBody.write(new Fault(error, message)));
    }
}
