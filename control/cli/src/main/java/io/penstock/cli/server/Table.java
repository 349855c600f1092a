package io.penstock.cli.server;

import io.penstock.cli.TextTable;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.Function;

/** Columns of text, as wide as what is in them. Immutable. */
final class Table {
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
        TextTable.print(
                columns.stream().map(Column::title).toList(),
                rows.stream()
                        .map(row -> columns.stream()
                                .map(column -> cell(column, row))
                                .toList())
                        .toList(),
                out);
    }

    /** One row, a line for each column. */
    void printOne(Reply row, PrintWriter out) {
        int widest = columns.stream()
                .mapToInt(column -> TextTable.width(column.title))
                .max()
                .orElse(0);
        for (Column column : columns) {
            out.println(column.title
                    + " ".repeat(widest - TextTable.width(column.title))
                    + TextTable.GAP
                    + cell(column, row));
        }
    }

    private static String cell(Column column, Reply row) {
        String value = column.value.apply(row);
        return value.isEmpty() ? "-" : value;
    }
}
