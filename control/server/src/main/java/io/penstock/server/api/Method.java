package io.penstock.server.api;

/** Of HTTP, those that the API has. */
public enum Method {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE
}
