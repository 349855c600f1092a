package io.penstock.server.web;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts a form together, with its token. Every field has a label, and what is wrong with it stands beside it. Of one page. */
final class Form {
    private final OwnPath action;
    private final List<Html> parts = new ArrayList<>();
    private final List<Attribute> attributes = new ArrayList<>();
    private String ids = "";

    Form(OwnPath action, String token) {
        this.action = action;
        hidden(FormTokens.FIELD, token);
    }

    Form hidden(String name, String value) {
        parts.add(Html.of(Tag.INPUT, List.of(Attribute.type("hidden"), Attribute.name(name), Attribute.value(value))));
        return this;
    }

    /** What the ids of its fields begin with, so that forms of one page may have the same fields. */
    Form ids(String prefix) {
        ids = prefix.isEmpty() ? "" : prefix + "-";
        return this;
    }

    /** By which the script finds it. */
    Form id(String id) {
        attributes.add(Attribute.id(id));
        return this;
    }

    Form part(Html part) {
        parts.add(part);
        return this;
    }

    /**
     * A field.
     *
     * @param value what was in it before; secrets are left out
     * @param fault what is wrong with that, null for nothing
     * @param isFirst whether to begin here
     */
    Form field(Field field, String value, @Nullable String fault, boolean isFirst) {
        List<Html> lines = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        lines.add(Html.of(Tag.LABEL, List.of(Attribute.forInput(ids + field.name())), field.label()));
        if (!field.hint().isEmpty()) {
            notes.add(ids + field.name() + "-hint");
            lines.add(note(ids + field.name() + "-hint", "hint", field.hint()));
        }
        if (fault != null) {
            notes.add(ids + field.name() + "-fault");
            lines.add(note(ids + field.name() + "-fault", "fault", fault));
        }
        List<Attribute> attributes = input(field);
        if (field.kind() == Field.Kind.TEXT) {
            attributes.add(Attribute.value(value));
        }
        if (!notes.isEmpty()) {
            attributes.add(Attribute.describedBy(String.join(" ", notes)));
        }
        if (fault != null) {
            attributes.add(Attribute.invalid());
        }
        if (isFirst) {
            attributes.add(Attribute.autofocus());
        }
        lines.add(Html.of(Tag.INPUT, attributes));
        parts.add(Html.of(Tag.DIV, List.of(Attribute.cssClass("field")), lines));
        return this;
    }

    private List<Attribute> input(Field field) {
        List<Attribute> attributes = new ArrayList<>(List.of(
                Attribute.id(ids + field.name()),
                Attribute.name(field.name()),
                Attribute.type(field.kind() == Field.Kind.PASSWORD ? "password" : "text"),
                Attribute.autocomplete(field.autocomplete())));
        if (!field.isOptional()) {
            attributes.add(Attribute.required());
        }
        if (field.kind() != Field.Kind.PASSWORD) {
            attributes.add(Attribute.autocapitalizeNone());
            attributes.add(Attribute.spellcheckOff());
        }
        if (field.kind() == Field.Kind.CODE) {
            attributes.add(Attribute.inputMode("numeric"));
        }
        return attributes;
    }

    /** One of several values. */
    Form choice(String name, String label, List<Option> options, String chosen) {
        List<Html> elements = options.stream()
                .map(option -> Html.of(
                        Tag.OPTION,
                        option.value().equals(chosen)
                                ? List.of(Attribute.value(option.value()), Attribute.selected())
                                : List.of(Attribute.value(option.value())),
                        option.label()))
                .toList();
        parts.add(Html.of(
                Tag.DIV,
                List.of(Attribute.cssClass("field")),
                Html.of(Tag.LABEL, List.of(Attribute.forInput(ids + name)), label),
                Html.of(Tag.SELECT, List.of(Attribute.id(ids + name), Attribute.name(name)), elements)));
        return this;
    }

    /** A value to choose, and what people read. */
    record Option(String value, String label) {}

    /** Yes or no. */
    Form check(String name, String value, String label, boolean isChecked) {
        String id = ids + name + "-" + parts.size();
        List<Attribute> box = new ArrayList<>(
                List.of(Attribute.id(id), Attribute.type("checkbox"), Attribute.name(name), Attribute.value(value)));
        if (isChecked) {
            box.add(Attribute.checked());
        }
        parts.add(Html.of(
                Tag.DIV,
                List.of(Attribute.cssClass("check")),
                Html.of(Tag.INPUT, box),
                Html.of(Tag.LABEL, List.of(Attribute.forInput(id)), label)));
        return this;
    }

    /** Text of many lines. */
    Form text(String name, String label, String value, boolean isReadOnly) {
        List<Attribute> area = new ArrayList<>(
                List.of(Attribute.id(ids + name), Attribute.name(name), Attribute.rows(20), Attribute.spellcheckOff()));
        if (isReadOnly) {
            area.add(Attribute.readOnly());
        }
        parts.add(Html.of(
                Tag.DIV,
                List.of(Attribute.cssClass("field")),
                Html.of(Tag.LABEL, List.of(Attribute.forInput(ids + name)), label),
                // A browser leaves out the first line break of such a text.
                Html.of(Tag.TEXTAREA, area, "\n" + value)));
        return this;
    }

    private static Html note(String id, String cssClass, String text) {
        return Html.of(Tag.P, List.of(Attribute.id(id), Attribute.cssClass(cssClass)), text);
    }

    /** A button that sends the form. */
    Form button(String label) {
        parts.add(Html.of(Tag.BUTTON, List.of(Attribute.type("submit")), label));
        return this;
    }

    /** A button that sends the form with one more value. */
    Form button(String label, String name, String value, String cssClass) {
        parts.add(Html.of(
                Tag.BUTTON,
                List.of(
                        Attribute.type("submit"),
                        Attribute.name(name),
                        Attribute.value(value),
                        Attribute.cssClass(cssClass)),
                label));
        return this;
    }

    /** A button that is there once the script runs. */
    Form scriptButton(String label, String id) {
        parts.add(Html.of(Tag.BUTTON, List.of(Attribute.type("submit"), Attribute.id(id), Attribute.hidden()), label));
        return this;
    }

    Html build() {
        List<Attribute> all = new ArrayList<>(attributes);
        all.add(Attribute.postMethod());
        all.add(Attribute.action(action));
        return Html.of(Tag.FORM, all, parts);
    }
}
