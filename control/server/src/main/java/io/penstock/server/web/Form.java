package io.penstock.server.web;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts a form together, with its token. Every field has a label, and what is wrong with it stands beside it. Of one page. */
final class Form {
    private final OwnPath action;
    private final List<Html> parts = new ArrayList<>();

    Form(OwnPath action, String token) {
        this.action = action;
        hidden(FormTokens.FIELD, token);
    }

    Form hidden(String name, String value) {
        parts.add(Html.of(Tag.INPUT, List.of(Attribute.type("hidden"), Attribute.name(name), Attribute.value(value))));
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
        lines.add(Html.of(Tag.LABEL, List.of(Attribute.forInput(field.name())), field.label()));
        if (!field.hint().isEmpty()) {
            notes.add(field.name() + "-hint");
            lines.add(note(field.name() + "-hint", "hint", field.hint()));
        }
        if (fault != null) {
            notes.add(field.name() + "-fault");
            lines.add(note(field.name() + "-fault", "fault", fault));
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

    private static List<Attribute> input(Field field) {
        List<Attribute> attributes = new ArrayList<>(List.of(
                Attribute.id(field.name()),
                Attribute.name(field.name()),
                Attribute.type(field.kind() == Field.Kind.PASSWORD ? "password" : "text"),
                Attribute.autocomplete(field.autocomplete()),
                Attribute.required()));
        if (field.kind() != Field.Kind.PASSWORD) {
            attributes.add(Attribute.autocapitalizeNone());
            attributes.add(Attribute.spellcheckOff());
        }
        if (field.kind() == Field.Kind.CODE) {
            attributes.add(Attribute.inputMode("numeric"));
        }
        return attributes;
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

    Html build() {
        return Html.of(Tag.FORM, List.of(Attribute.postMethod(), Attribute.action(action)), parts);
    }
}
