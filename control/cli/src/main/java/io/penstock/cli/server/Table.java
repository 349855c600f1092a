package io.penstock.cli.server;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Columns of text, as wide as what is in them. Immutable. */
final class Table {
    private static final String GAP = "  ";

    private final List<Column> columns;

    Table(Column... columns) {
        this.columns = List.of(columns);
    }

    /**
     * One column.
     *
     * @param value what it shows of a row; nothing is shown as a hyphen
     */
    record Column(String title, Function<Reply, String> value) {
        /** Shows one field. */
        static Column of(String title, String field) {
            return new Column(title, row -> row.text(field));
        }

        /** Shows a list, separated by commas. */
        static Column ofList(String title, String field) {
            return new Column(title, row -> String.join(",", row.texts(field)));
        }
    }

    /** Titles and rows. */
    void print(List<Reply> rows, PrintWriter out) {
        print(
                columns.stream().map(Column::title).toList(),
                rows.stream()
                        .map(row -> columns.stream()
                                .map(column -> cell(column, row))
                                .toList())
                        .toList(),
                out);
    }

    /** Lines of as many cells as there are titles. */
    static void print(List<String> titles, List<List<String>> rows, PrintWriter out) {
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

    /** One row, a line for each column. */
    void printOne(Reply row, PrintWriter out) {
        int widest =
                columns.stream().mapToInt(column -> width(column.title)).max().orElse(0);
        for (Column column : columns) {
            out.println(column.title + " ".repeat(widest - width(column.title)) + GAP + cell(column, row));
        }
    }

    private static String cell(Column column, Reply row) {
        String value = column.value.apply(row);
        return value.isEmpty() ? "-" : value;
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
