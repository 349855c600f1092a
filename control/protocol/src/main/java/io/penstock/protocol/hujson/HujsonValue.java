package io.penstock.protocol.hujson;

import java.util.List;
import java.util.Map;

/** A value of a file, with its place. */
public sealed interface HujsonValue {
    Location location();

    /** Members in their order; the places of their names differ, so that no two are equal. */
    record Struct(Location location, Map<Text, HujsonValue> members) implements HujsonValue {}

    record Array(Location location, List<HujsonValue> elements) implements HujsonValue {}

    record Text(Location location, String value) implements HujsonValue {}

    /** A number, a truth value or null, as it is written. */
    record Other(Location location, String text) implements HujsonValue {}
}
