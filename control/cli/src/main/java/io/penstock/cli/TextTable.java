package io.penstock.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Columns of text, as wide as what is in them. Stateless. */
public final class TextTable {
    public static final String GAP = "  ";

    private TextTable() {}

    /** Lines of as many cells as there are titles. */
    public static void print(List<String> titles, List<List<String>> rows, PrintWriter out) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(titles);
        lines.addAll(rows);
        int[] widths = new int[titles.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(line.get(i)));
            }
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                text.append(line.get(i))
                        .repeat(' ', widths[i] - width(line.get(i)))
                        .append(GAP);
            }
            out.println(text.toString().stripTrailing());
        }
    }

    /** In characters. */
    public static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
