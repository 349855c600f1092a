package io.penstock.lab.demo.picture;

/** One line under construction; what would go beyond its width is cut off. */
final class Row {
    private final int width;
    private final boolean color;
    private final StringBuilder line = new StringBuilder();
    private int length;

    Row(int width, boolean color) {
        this.width = width;
        this.color = color;
    }

    Row add(String text) {
        return add(Style.PLAIN, text);
    }

    Row add(Style style, String text) {
        String fitting = text.length() <= width - length ? text : text.substring(0, width - length);
        line.append(color ? style.around(fitting) : fitting);
        length += fitting.length();
        return this;
    }

    /** Fills with blanks up to a column, counted from 0; does nothing if the line is there already. */
    Row to(int column) {
        return add(" ".repeat(Math.max(0, Math.min(column, width) - length)));
    }

    /** Puts a text at the end of the line, if there is room for it. */
    Row right(Style style, String text) {
        return text.length() < width - length ? to(width - text.length()).add(style, text) : this;
    }

    /** Puts a text into the middle of the columns from {@code start} to {@code end}. */
    Row center(int start, int end, Style style, String text) {
        return to(start + Math.max(0, end - start - text.length()) / 2).add(style, text);
    }

    int length() {
        return length;
    }

    @Override
    public String toString() {
        return line.toString();
    }
}
