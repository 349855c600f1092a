package io.penstock.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.hujson.Location;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
    @Test
    void readsEachFormWithCommentsAndKnowsWhereItStands() throws ConfigFile.InvalidException {
        ConfigFile file = ConfigFile.parse("penstock.conf", """
                // the gateway of the branch
                {
                  "server": "HTTPS://VPN.example.org/",
                  "lan": ["10.1.0.0/24", "fd00:1::/64"], /* both */
                  "accept-routes": ["10.2.0.0/16", "hub"],
                  "clamp-mss": false,
                  "port": 51820,
                }
                """);

        assertEquals("https://vpn.example.org", file.config().get(Settings.SERVER));
        assertEquals(
                List.of(Prefix.parse("10.1.0.0/24"), Prefix.parse("fd00:1::/64")),
                file.config().get(Settings.LAN));
        assertEquals(List.of("10.2.0.0/16", "hub"), file.config().get(Settings.ACCEPT_ROUTES));
        assertFalse(file.config().get(Settings.CLAMP_MSS));
        assertEquals(51_820, file.config().get(Settings.PORT));
        assertEquals(new Location(4, 3), file.places().get(Settings.LAN));
        assertFalse(file.config().has(Settings.MTU), "what the file does not say is not given");
    }

    @Test
    void namesEveryFaultWithItsPlaceAndWhatWasMeant() {
        assertEquals("""
                penstock.conf:2:3: unknown setting 'acceptRoute'; did you mean 'accept-routes'?
                penstock.conf:3:10: lan: '10.1.0.5/24' has bits set behind its length; the network is 10.1.0.0/24
                penstock.conf:4:11: port: it is a number, as in "port": 41641
                penstock.conf:5:11: snat: it is true or false, as in "snat": false
                penstock.conf:6:3: unknown setting 'colour'; 'penstock get' lists them""", message("""
                {
                  "acceptRoute": ["all"],
                  "lan": ["10.1.0.5/24"],
                  "port": "51820",
                  "snat": "yes",
                  "colour": 1,
                }"""));
    }

    @Test
    void saysWhereTheSyntaxEnds() {
        assertTrue(message("{\"lan\": [\"10.1.0.0/24\"").startsWith("penstock.conf:1:"), message("{\"lan\": ["));
        assertEquals("penstock.conf:1:1: the file is empty", message("// nothing"));
        assertEquals("penstock.conf:1:1: the file is one object: { \"setting\": value, ... }", message("[]"));
        assertTrue(message("{\"mtu\": 1400, \"mtu\": 1300}").contains("uplicate"), message("{\"mtu\":1,\"mtu\":2}"));
    }

    @Test
    void aFileThatIsNotThereSaysNothingAndOneThatIsNoTextIsRefused(@TempDir Path folder)
            throws IOException, ConfigFile.InvalidException {
        assertEquals(
                NodeConfig.EMPTY,
                ConfigFile.read(folder.resolve("penstock.conf")).config());

        Path binary = Files.write(folder.resolve("binary.conf"), new byte[] {'{', (byte) 0xff, '}'});

        String message = assertThrows(ConfigFile.InvalidException.class, () -> ConfigFile.read(binary))
                .getMessage();
        assertEquals(binary + ": not UTF-8 text", message);
    }

    @Test
    void theFileStandsAboveWhatWasSetAndOnlyRealDifferencesCount() throws Exception {
        NodeConfig set = NodeConfig.EMPTY.with(Settings.MTU, "1400").with(Settings.SNAT, "on");
        NodeConfig file =
                ConfigFile.parse("f", "{\"mtu\": 1300, \"port\": 41641}").config();

        NodeConfig both = set.under(file);

        assertEquals(1300, both.get(Settings.MTU));
        assertTrue(both.get(Settings.SNAT));
        assertEquals(List.of(Settings.SNAT, Settings.MTU), both.differences(NodeConfig.EMPTY));
    }

    private static String message(String text) {
        return String.valueOf(
                assertThrows(ConfigFile.InvalidException.class, () -> ConfigFile.parse("penstock.conf", text))
                        .getMessage());
    }
}
