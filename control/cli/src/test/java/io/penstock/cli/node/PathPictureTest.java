package io.penstock.cli.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.hujson.Hujson;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamReader;
import org.junit.jupiter.api.Test;

/** What people see of a path, made of what a daemon tells. */
class PathPictureTest {
    private static final String DIRECT = "203.0.113.20:41641";
    private static final String SILENT = "192.168.20.2:41641";

    private static String event(String kind, long agoUs, String addr, String more) {
        String place = addr.startsWith("relay ")
                ? "'addr':null,'relay':'" + addr.substring(6) + "'"
                : "'addr':" + (addr.isEmpty() ? "null" : "'" + addr + "'") + ",'relay':null";
        return "{'kind':'%s','ago_us':%d,'until_ago_us':%d,%s%s}".formatted(kind, agoUs, agoUs, place, more);
    }

    private static Reply debug(String peer, List<String> events) throws Exception {
        String json = """
                {'peer':'%s','overlay':'100.64.0.2','at':'2026-11-27T02:00:00.123456Z','active':true,'trusted':true,
                 'path':{'kind':'direct','addr':'203.0.113.20:41641','relay':null,'since':'2026-11-27T01:59:50Z','rtt_ms':3.25,'mtu':1500},
                 'relay':'fra','relay_up':true,'tunnel_mtu':1280,'narrow':null,'full_bytes':0,'dropped':3,
                 'candidates':[
                  {'addr':'203.0.113.20:41641','known_by':['map','call'],'verdict':'in-use','pings':4,'answers':3,'pinged_ago_ms':500,
                   'answered_ago_ms':490,'rtt_ms':3.2,'mtu':1500,'deaths':0,'rests_for_ms':0},
                  {'addr':'192.168.20.2:41641','known_by':['map'],'verdict':'silent','pings':1,'answers':0,'pinged_ago_ms':9000,
                   'answered_ago_ms':null,'rtt_ms':null,'mtu':null,'deaths':0,'rests_for_ms':0}],
                 'events':[%s]}""".formatted(peer, String.join(",", events));
        return new Reply(Hujson.parse(json.replace('\'', '"')));
    }

    private static List<String> traversal() {
        return List.of(
                event("traffic", 10_000_000, "", ",'count':1"),
                event("use", 10_000_000, "relay fra", ",'count':1"),
                event("ping", 10_000_000, DIRECT, ",'count':1"),
                event("ping", 10_000_000, SILENT, ",'count':1"),
                event("call", 9_999_000, "relay fra", ",'count':1"),
                event("pong", 9_996_750, DIRECT, ",'rtt_ms':3.25,'count':1"),
                event("use", 9_996_750, DIRECT, ",'count':1"),
                event("no-pong", 5_000_000, SILENT, ",'count':1"),
                event("kept", 4_000_000, DIRECT, ",'rtt_ms':3.3,'count':4"));
    }

    /** How often an element of this class is there; fails if it is no XML. */
    private static int count(String svg, String css) throws Exception {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(svg));
        int count = 0;
        while (reader.hasNext()) {
            if (reader.next() == XMLStreamReader.START_ELEMENT && css.equals(reader.getAttributeValue(null, "class"))) {
                count++;
            }
        }
        return count;
    }

    @Test
    void drawsALaneForEachAddressAndTheRelay() throws Exception {
        String svg = PathPicture.draw(debug("hub", traversal()));
        assertEquals(3, count(svg, "lane"));
        assertEquals(1, count(svg, "band relay"));
        assertEquals(1, count(svg, "band direct"));
        assertEquals(1, count(svg, "answer"), "from the ping that was answered to its answer");
        assertEquals(2, count(svg, "ping silent"), "the one that was not, and the legend's");
        assertTrue(svg.contains("A direct path was used 3.2 ms after it began") || svg.contains("3.3 ms after"), svg);
        assertTrue(svg.contains("prefers-color-scheme: dark"));
    }

    /** A name is somebody else's text. */
    @Test
    void drawsWhateverANameContains() throws Exception {
        String svg = PathPicture.draw(debug("a<b>&%s<script>", traversal()));
        assertTrue(svg.contains("a&lt;b&gt;&amp;%s&lt;script&gt;"), svg);
        assertFalse(svg.contains("<script"));
        assertEquals(3, count(svg, "lane"));
    }

    @Test
    void drawsNothingAndSaysSo() throws Exception {
        assertTrue(PathPicture.draw(debug("hub", List.of())).contains("no traffic"));
    }

    @Test
    void drawsABoundedPartOfALongStory() throws Exception {
        List<String> events = new ArrayList<>(traversal());
        for (int i = 0; i < 190; i++) {
            events.add(event("ping", 3_000_000 - i * 10_000L, "198.51.100." + i + ":1", ",'count':1"));
        }
        String svg = PathPicture.draw(debug("hub", events));
        assertTrue(count(svg, "lane") <= 24, "lanes");
        assertTrue(svg.length() < 200_000, () -> svg.length() + " characters");
    }

    @Test
    void printsALineForEachAddressAndForWhatHappened() throws Exception {
        StringWriter text = new StringWriter();
        PathText.print(debug("hub", traversal()), true, new PrintWriter(text));
        String printed = text.toString();
        assertTrue(
                printed.contains("direct 203.0.113.20:41641 for 10 s, 3.3 ms") || printed.contains("for 10 s, 3.2 ms"),
                printed);
        assertTrue(printed.lines().anyMatch(line -> line.startsWith(DIRECT) && line.endsWith("in-use")), printed);
        assertTrue(printed.lines().anyMatch(line -> line.startsWith(SILENT) && line.endsWith("silent")), printed);
        assertTrue(printed.contains("3 older events are not kept"), printed);
        assertTrue(printed.contains("01:59:50.123  -10.000 s  traffic begins"), printed);
        assertTrue(printed.contains("answers from " + DIRECT + ", the last after 3.3 ms, 4 times"), printed);
    }
}
