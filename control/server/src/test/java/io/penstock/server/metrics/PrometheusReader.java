package io.penstock.server.metrics;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the text format of Prometheus strictly, as its own parser does: made from the format's description and not from the writer. */
public final class PrometheusReader {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (NaN|[+-]Inf|[-+0-9.eE]+)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\n]|\\\\[\\\\n\"])*)\"(,|$)");
    private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");

    private PrometheusReader() {}

    public record Sample(String name, Map<String, String> labels, String value) {}

    /** Fails for anything that is not of the format: a family twice, a sample without a type, the same sample twice. */
    public static List<Sample> read(String text) {
        List<Sample> samples = new ArrayList<>();
        Set<String> families = new HashSet<>();
        Set<String> seen = new HashSet<>();
        String family = "";
        require(text.isEmpty() || text.endsWith("\n"), "the last line has no end");
        for (String line : text.lines().toList()) {
            Matcher comment = COMMENT.matcher(line);
            if (comment.matches()) {
                if (comment.group(1).equals("TYPE")) {
                    family = comment.group(2);
                    require(families.add(family), "twice: " + line);
                    require(comment.group(3).matches("counter|gauge"), line);
                }
                continue;
            }
            Matcher sample = SAMPLE.matcher(line);
            require(sample.matches(), line);
            require(sample.group(1).equals(family), "outside of its family: " + line);
            Map<String, String> labels = labels(sample.group(2));
            require(seen.add(sample.group(1) + labels), "twice: " + line);
            samples.add(new Sample(sample.group(1), labels, sample.group(3)));
        }
        return samples;
    }

    private static Map<String, String> labels(@Nullable String text) {
        Map<String, String> labels = new LinkedHashMap<>();
        if (text == null) {
            return labels;
        }
        Matcher label = LABEL.matcher(text);
        int end = 0;
        while (end < text.length()) {
            require(label.find(end) && label.start() == end, text);
            String value = label.group(2)
                    .replace("\\\\", "\0")
                    .replace("\\n", "\n")
                    .replace("\\\"", "\"")
                    .replace("\0", "\\");
            require(labels.put(label.group(1), value) == null, "twice: " + text);
            end = label.end();
        }
        return labels;
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
