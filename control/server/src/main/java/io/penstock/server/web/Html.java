package io.penstock.server.web;

import java.util.List;

/**
 * A piece of a page. Text is escaped where it is written, and there is no way to put markup in as text. What is written is HTML
 * and well-formed XML. Immutable.
 */
sealed interface Html {
    /** Text as people read it. */
    record Text(String text) implements Html {
        /** Shows nothing: it may be a secret. */
        @Override
        public String toString() {
            return "Text";
        }
    }

    record Element(Tag tag, List<Attribute> attributes, List<Html> children) implements Html {
        public Element {
            attributes = List.copyOf(attributes);
            children = List.copyOf(children);
            if (tag.isVoid() && !children.isEmpty()) {
                throw new IllegalArgumentException(tag + " has no content");
            }
        }
    }

    static Html text(String text) {
        return new Text(text);
    }

    static Html of(Tag tag, String text) {
        return new Element(tag, List.of(), List.of(text(text)));
    }

    static Html of(Tag tag, Html... children) {
        return new Element(tag, List.of(), List.of(children));
    }

    static Html of(Tag tag, List<Attribute> attributes, String text) {
        return new Element(tag, attributes, List.of(text(text)));
    }

    static Html of(Tag tag, List<Attribute> attributes, Html... children) {
        return new Element(tag, attributes, List.of(children));
    }

    static Html of(Tag tag, List<Attribute> attributes, List<Html> children) {
        return new Element(tag, attributes, children);
    }

    /** A whole document, of which this is the root. */
    static String document(Html root) {
        StringBuilder out = new StringBuilder(4096).append("<!DOCTYPE html>\n");
        write(root, out);
        return out.append('\n').toString();
    }

    private static void write(Html html, StringBuilder out) {
        switch (html) {
            case Text text -> escape(text.text, out);
            case Element element -> {
                out.append('<').append(element.tag.text());
                element.attributes.forEach(attribute -> attribute.write(out));
                if (element.tag.isVoid()) {
                    out.append(" />");
                    return;
                }
                out.append('>');
                element.children.forEach(child -> write(child, out));
                out.append("</").append(element.tag.text()).append('>');
            }
        }
    }

    /** Writes text so that it is text, in content and within quotes. What XML has no place for is the replacement character. */
    static void escape(String text, StringBuilder out) {
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(isOfXml(c) ? c : 0xfffd);
            }
        });
    }

    private static boolean isOfXml(int c) {
        return c == '\t'
                || c == '\n'
                || (c >= 0x20 && c < 0x7f)
                || (c > 0x9f && c < 0xd800)
                || (c > 0xdfff && c < 0xfffe)
                || c > 0xffff;
    }
}
