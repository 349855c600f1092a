package io.penstock.server.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.server.map.RelayMap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DerpMapFileTest {
    private static final String NODE =
            "{\"Name\":\"901a\",\"RegionID\":901,\"HostName\":\"relay.example\",\"IPv6\":\"none\",\"DERPPort\":8443}";
    private static final String GOOD = map(NODE);

    @TempDir
    private Path folder;

    private static String map(String node) {
        return "{\"Regions\":{\"901\":{\"RegionID\":901,\"RegionCode\":\"ams\",\"RegionName\":\"Amsterdam\",\"Nodes\":["
                + node + "]}},\"HomeParams\":{\"RegionScore\":{\"901\":0.5}}}";
    }

    @Test
    void readsRegionsAndScores() throws Exception {
        DerpMap map = DerpMapFile.parse(GOOD.getBytes(UTF_8), OwnRegion.ID);

        assertEquals("relay.example", region(map).nodes().getFirst().hostName());
        assertEquals(
                0.5,
                Objects.requireNonNull(Objects.requireNonNull(map.homeParams()).regionScore())
                        .get(901));
    }

    private static DerpRegion region(DerpMap map) {
        return Objects.requireNonNull(Objects.requireNonNull(map.regions()).get(901));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"RegionID\":901,\"HostName\"|\"RegionID\":902,\"HostName\"|its RegionID is 902",
                "relay.example|https://relay.example|HostName takes a name",
                "relay.example|relay.example/|HostName takes a name",
                "\"none\"|\"192.0.2.1\"|IPv6 has an address of the other family",
                "\"none\"|\"nowhere\"|IPv6 is an address",
                "8443|70000|DERPPort is 0",
                "\"DERPPort\":8443|\"STUNPort\":-2|STUNPort is -1",
                "\"DERPPort\":8443|\"CertName\":\"sha256-raw:ABC\"|CertName has",
                "\"DERPPort\":8443|\"InsecureForTests\":true|anybody pose",
                "\"DERPPort\":8443|\"STUNOnly\":true|nobody relays",
                "\"Name\":\"901a\",|''|has no Name",
                "\"RegionCode\":\"ams\",|''|has no RegionCode",
                "\"901\":{\"RegionID\":901|\"900\":{\"RegionID\":900|the coordinator's own",
                "\"901\":{\"RegionID\":901|\"901\":{\"RegionID\":905|its RegionID is 905",
                "{\"901\":0.5}|{\"901\":0}|not positive",
                "{\"901\":0.5}|{\"902\":1}|region 902 is not there",
                "\"Regions\"|\"regionz\"|names no region",
                "8443|x|at byte 171",
            })
    void saysWhatIsWrongAndWhere(String part, String wrong, String message) {
        assertTrue(GOOD.contains(part), part);
        String text = GOOD.replace(part, wrong);

        DerpMapFile.Fault fault = assertThrows(
                DerpMapFile.Fault.class, () -> DerpMapFile.parse(text.getBytes(UTF_8), OwnRegion.ID), text);

        assertTrue(String.valueOf(fault.getMessage()).contains(message), fault.getMessage());
    }

    @Test
    void refusesANameThatIsThereTwice() {
        byte[] twice = map(NODE + "," + NODE).getBytes(UTF_8);

        DerpMapFile.Fault fault = assertThrows(DerpMapFile.Fault.class, () -> DerpMapFile.parse(twice, OwnRegion.ID));

        assertTrue(String.valueOf(fault.getMessage()).contains("\"901a\" is there twice"), fault.getMessage());
    }

    @Test
    void passesOnEachGoodChangeAndKeepsTheLastGoodOne() throws Exception {
        Path file = folder.resolve("derp.json");
        Files.writeString(file, GOOD);
        RelayMap told = new RelayMap();
        List<Set<Integer>> changes = new ArrayList<>();
        told.onChange(
                () -> changes.add(Objects.requireNonNull(told.get().regions()).keySet()));
        RelayDirectory directory = new RelayDirectory(told);
        directory.setOwn(new OwnRegion("192.0.2.7", 8481, 3478, Optional.empty()));

        try (DerpMapWatch watch = DerpMapWatch.start(file, OwnRegion.ID, Duration.ofHours(1), directory::setOthers)) {
            watch.look();
            assertEquals(List.of(Set.of(900), Set.of(900, 901)), changes, "once what was there");
            replace(file, "not JSON at all");
            watch.look();
            Files.delete(file);
            watch.look();
            assertEquals(
                    Set.of(900, 901),
                    Objects.requireNonNull(told.get().regions()).keySet());
            replace(file, GOOD.replace("901", "902"));
            watch.look();
            assertEquals(Set.of(900, 902), changes.getLast());
            assertEquals(3, changes.size());
            assertTrue(told.get().omitDefaultRegions(), "nobody else's relays besides");
        }
    }

    /** At once, as whoever edits a file that is read should. */
    private void replace(Path file, String text) throws Exception {
        Path draft = folder.resolve("draft");
        Files.writeString(draft, text);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
