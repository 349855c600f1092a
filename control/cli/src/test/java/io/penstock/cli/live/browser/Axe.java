package io.penstock.cli.live.browser;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Deque's axe-core, which finds what keeps people from using a page. Stateless. */
public final class Axe {
    private static final String SCRIPT = script();

    private Axe() {}

    private static String script() {
        try (InputStream in = Axe.class.getResourceAsStream("/axe.min.js")) {
            if (in == null) {
                throw new AssertionError("no axe.min.js");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The serious and critical faults of a page, a line each; empty for none. */
    public static String faults(Tab tab) {
        tab.tell("(() => { " + SCRIPT + "; return 'there'; })()");
        String answer = tab.tellLater(
                "axe.run(document).then(r => r.passes.length + '\\n' + r.violations.filter(v => v.impact === 'serious' ||"
                        + " v.impact === 'critical').map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html).join(' | '))"
                        + ".join('\\n'))");
        int end = answer.indexOf('\n');
        if (end <= 0 || Integer.parseInt(answer.substring(0, end)) < 5) {
            throw new AssertionError("axe has not looked at the page: " + answer);
        }
        return answer.substring(end + 1);
    }
}
