package io.penstock.cli.node;

import io.penstock.protocol.hujson.HujsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A JSON value that the daemon sent; what is not there is empty. Immutable. */
final class Reply {
    private static final Reply MISSING = new Reply(null);

    private final @Nullable HujsonValue value;

    Reply(@Nullable HujsonValue value) {
        this.value = value;
    }

    /** A member of an object. */
    Reply at(String name) {
        if (value instanceof HujsonValue.Struct struct) {
            for (Map.Entry<HujsonValue.Text, HujsonValue> member :
                    struct.members().entrySet()) {
                if (member.getKey().value().equals(name)) {
                    return new Reply(member.getValue());
                }
            }
        }
        return MISSING;
    }

    /** Whether it is there and not null. */
    boolean isPresent() {
        return value != null
                && !(value instanceof HujsonValue.Other other && other.text().equals("null"));
    }

    /** Of a text, number or truth, without what a terminal would obey; else empty. */
    String text() {
        return switch (value) {
            case HujsonValue.Text text -> printable(text.value());
            case HujsonValue.Other other when isPresent() -> other.text();
            case null, default -> "";
        };
    }

    String text(String name) {
        return at(name).text();
    }

    boolean flag(String name) {
        return text(name).equals("true");
    }

    /** 0 for what is no number. */
    long number(String name) {
        String text = text(name);
        return text.matches("-?[0-9]{1,18}") ? Long.parseLong(text) : 0;
    }

    /** Members of a list. */
    List<Reply> items() {
        List<Reply> items = new ArrayList<>();
        if (value instanceof HujsonValue.Array array) {
            array.elements().forEach(element -> items.add(new Reply(element)));
        }
        return items;
    }

    List<Reply> items(String name) {
        return at(name).items();
    }

    List<String> texts(String name) {
        return items(name).stream().map(Reply::text).toList();
    }

    private static String printable(String text) {
        StringBuilder printable = new StringBuilder(text.length());
        text.codePoints().forEach(c -> printable.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return printable.toString();
    }
}
