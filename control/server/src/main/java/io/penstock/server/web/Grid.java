package io.penstock.server.web;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A table with titles of its columns, which stands as cards on a narrow screen. Of one page. */
final class Grid {
    private final List<String> titles;
    private final List<Html> rows = new ArrayList<>();

    Grid(String... titles) {
        this.titles = List.of(titles);
    }

    Grid row(Html... cells) {
        List<Html> row = new ArrayList<>();
        for (int i = 0; i < cells.length; i++) {
            row.add(Html.of(
                    Tag.TD,
                    // For a narrow screen, on which the titles are not seen; who hears the page hears those of the
                    // table.
                    Html.of(Tag.SPAN, List.of(Attribute.cssClass("title"), Attribute.unheard()), titles.get(i)),
                    cells[i]));
        }
        rows.add(Html.of(Tag.TR, List.of(), row));
        return this;
    }

    Html build() {
        List<Html> head = titles.stream()
                .map(title -> Html.of(Tag.TH, List.of(Attribute.scopeCol()), title))
                .toList();
        return Html.of(
                Tag.TABLE, Html.of(Tag.THEAD, Html.of(Tag.TR, List.of(), head)), Html.of(Tag.TBODY, List.of(), rows));
    }

    /** Text in a cell, a part of it in each line. */
    static Html lines(String... lines) {
        return Html.of(
                Tag.SPAN,
                List.of(),
                Arrays.stream(lines)
                        .filter(line -> !line.isEmpty())
                        .<Html>map(line -> Html.of(Tag.SPAN, List.of(Attribute.cssClass("line")), line))
                        .toList());
    }

    /** A short word about a state, told by its text and not only by its colour. */
    static Html badge(String text, String kind) {
        return Html.of(Tag.SPAN, List.of(Attribute.cssClass("badge " + kind)), text);
    }
}
