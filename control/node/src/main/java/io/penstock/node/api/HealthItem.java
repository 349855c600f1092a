package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * Something that is wrong.
 *
 * @param code for programs, in kebab case; stays the same
 * @param text what, in one sentence
 * @param fix what to do about it, or empty
 */
@Message
public record HealthItem(String code, Severity severity, String text, String fix) {
    /** How bad, the worst first. */
    public enum Severity {
        /** The node does not forward. */
        ERROR,
        /** It will stop to, or does less than it should. */
        WARNING,
        /** Good to know. */
        NOTE;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
