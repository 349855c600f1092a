package io.penstock.server.api;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Writes the OpenAPI 3.1 document from the table of routes and their records. Stateless. */
final class OpenApi {
    private static final String JSON = "application/json";

    private OpenApi() {}

    static byte[] document() {
        Map<String, Object> schemas = new TreeMap<>();
        schemas.put(
                "Fault",
                object(
                        Map.of("error", Map.of("type", "string"), "message", Map.of("type", "string")),
                        List.of("error", "message")));
        Map<String, Map<String, Object>> paths = new TreeMap<>();
        for (Route route : RouteTable.ALL) {
            paths.computeIfAbsent(route.path(), path -> new TreeMap<>())
                    .put(route.method().name().toLowerCase(Locale.ROOT), operation(route, schemas));
        }
        Map<String, Object> bearer =
                Map.of("type", "http", "scheme", "bearer", "description", "the secret of an API key or a session");
        Map<String, Object> document = new TreeMap<>();
        document.put("openapi", "3.1.0");
        document.put("info", Map.of("title", "Penstock coordinator", "version", "1"));
        document.put("paths", paths);
        document.put(
                "components", new TreeMap<>(Map.of("schemas", schemas, "securitySchemes", Map.of("bearer", bearer))));
        return JsonBody.writePretty(document);
    }

    private static Map<String, Object> operation(Route route, Map<String, Object> schemas) {
        Map<String, Object> operation = new TreeMap<>();
        operation.put("summary", route.summary());
        List<Object> parameters = new ArrayList<>();
        for (String name : route.parameters()) {
            Map<String, Object> parameter = new TreeMap<>();
            parameter.put("name", name);
            parameter.put("in", "path");
            parameter.put("required", true);
            parameter.put("schema", Map.of("type", name.equals("domain") ? "string" : "integer"));
            parameters.add(parameter);
        }
        if (!parameters.isEmpty()) {
            operation.put("parameters", parameters);
        }
        if (route.body() != Void.class) {
            operation.put(
                    "requestBody",
                    new TreeMap<>(Map.of("required", true, "content", content(reference(route.body(), schemas)))));
        }
        switch (route.access()) {
            case Access.Open open -> operation.put("security", List.of());
            case Access.SignedIn signedIn -> operation.put("security", List.of(Map.of("bearer", List.of())));
            case Access.Needs needs -> {
                operation.put("security", List.of(Map.of("bearer", List.of())));
                operation.put("x-scope", needs.permission().scope());
            }
        }
        operation.put("responses", responses(route, schemas));
        return operation;
    }

    private static Map<String, Object> responses(Route route, Map<String, Object> schemas) {
        Object answer = reference(route.answer(), schemas);
        if (route.isList()) {
            answer = object(Map.of("items", new TreeMap<>(Map.of("type", "array", "items", answer))), List.of("items"));
        }
        Map<String, Object> responses = new TreeMap<>();
        responses.put("200", new TreeMap<>(Map.of("description", "done", "content", content(answer))));
        responses.put(
                "default",
                new TreeMap<>(Map.of(
                        "description", "not done", "content", content(Map.of("$ref", "#/components/schemas/Fault")))));
        return responses;
    }

    private static Object content(Object schema) {
        return Map.of(JSON, Map.of("schema", schema));
    }

    private static Object reference(Class<?> record, Map<String, Object> schemas) {
        String name = record.getSimpleName();
        if (!schemas.containsKey(name)) {
            schemas.put(name, Map.of()); // a place, in case it refers to itself
            Map<String, Object> properties = new TreeMap<>();
            List<String> required = new ArrayList<>();
            for (RecordComponent component : record.getRecordComponents()) {
                properties.put(component.getName(), schema(component.getGenericType(), schemas));
                if (!JsonBody.isOptional(component)) {
                    required.add(component.getName());
                }
            }
            schemas.put(name, object(properties, required));
        }
        return Map.of("$ref", "#/components/schemas/" + name);
    }

    private static Map<String, Object> object(Map<String, ?> properties, List<String> required) {
        Map<String, Object> object = new TreeMap<>();
        object.put("type", "object");
        object.put("additionalProperties", false);
        object.put("properties", new TreeMap<>(properties));
        object.put("required", required);
        return object;
    }

    private static Object schema(Type type, Map<String, Object> schemas) {
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            return new TreeMap<>(Map.of("type", "array", "items", schema(list.getActualTypeArguments()[0], schemas)));
        }
        if (type == String.class) {
            return Map.of("type", "string");
        }
        if (type == boolean.class || type == Boolean.class) {
            return Map.of("type", "boolean");
        }
        if (type == long.class || type == Long.class || type == int.class) {
            return Map.of("type", "integer");
        }
        if (type instanceof Class<?> record && record.isRecord()) {
            return reference(record, schemas);
        }
        throw new IllegalStateException("no schema for " + type);
    }
}
