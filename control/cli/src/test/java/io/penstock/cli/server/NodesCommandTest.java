package io.penstock.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodesCommandTest {
    private static final String NODE = """
            {"id":1,"name":"%s","userId":7,"tags":[],"addressV4":"100.64.0.1","addressV6":"fd00::1","os":"%s",\
            "online":%s,"lastSeen":"2026-11-26T12:00:00Z","expires":null}""";

    @Test
    void showsWhoIsHereNowAndSinceWhenOthersAreNot() throws IOException {
        StringWriter out = new StringWriter();
        NodesCommand.TABLE.print(
                List.of(
                        Reply.parse(NODE.formatted("web", "linux", true)),
                        Reply.parse(NODE.formatted("tv", "", false))),
                new PrintWriter(out, true));
        assertEquals("""
                ID  NAME  OWNER   IPV4        IPV6     OS     ONLINE  LAST SEEN             EXPIRES
                1   web   user 7  100.64.0.1  fd00::1  linux  yes     now                   -
                1   tv    user 7  100.64.0.1  fd00::1  -      no      2026-11-26T12:00:00Z  -
                """.replace("\n", System.lineSeparator()), out.toString());
    }
}
