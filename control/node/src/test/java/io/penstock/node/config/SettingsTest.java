package io.penstock.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.node.api.Preferences;
import io.penstock.protocol.json.Json;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    @Test
    void theTableHoldsEverySettingOnceAndSaysWhatItIsFor() {
        long constants = Arrays.stream(Settings.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()) && field.getType() == Setting.class)
                .count();

        assertEquals(constants, Settings.ALL.size());
        assertEquals(
                constants, Settings.ALL.stream().map(Setting::name).distinct().count());
        assertTrue(Settings.ALL.stream().allMatch(setting -> setting.help().endsWith(".")));
    }

    @Test
    void everyDefaultIsReadBackAsItIsWritten() throws SettingException {
        for (Setting<?> setting : Settings.ALL) {
            String text = NodeConfig.EMPTY.text(setting);
            assertEquals(
                    List.of(),
                    NodeConfig.EMPTY.with(setting, text).differences(NodeConfig.EMPTY),
                    () -> setting + "=" + text);
        }
    }

    /** The daemon keeps them, and the commands speak of them by this table. */
    @Test
    void theTableIsWhatADaemonKeeps() throws Exception {
        JsonNode defaults = new ObjectMapper().readTree(Json.write(Preferences.DEFAULT));
        List<String> kept = new ArrayList<>();
        defaults.fieldNames().forEachRemaining(kept::add);
        kept.remove("static_peers");

        assertEquals(
                kept.stream().sorted().toList(),
                Settings.ALL.stream().map(Setting::field).sorted().toList());
        for (Setting<?> setting : Settings.ALL) {
            JsonNode value = defaults.path(setting.field());
            List<String> words = new ArrayList<>();
            value.forEach(word -> words.add(word.asText()));
            String text = value.isArray() ? String.join(",", words) : value.asText();
            assertEquals(
                    List.of(),
                    NodeConfig.EMPTY.with(setting, text).differences(NodeConfig.EMPTY),
                    () -> "the default of " + setting);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "acept-routes, accept-routes",
        "acceptRoutes, accept-routes",
        "Lan, lan",
        "host_name, hostname",
        "clampmss, clamp-mss",
    })
    void suggestsWhatWasMeant(String typed, String meant) {
        assertEquals(Optional.of(meant), Settings.suggest(typed));
    }

    @Test
    void suggestsNothingForWhatIsNearToNothing() {
        assertEquals(Optional.empty(), Settings.suggest("kubernetes"));
    }

    @ParameterizedTest
    @CsvSource({
        "server, ftp://vpn.example.org",
        "server, https://vpn.example.org/path",
        "server, https://user@vpn.example.org",
        "server-pin, abcd",
        "hostname, -gw",
        "hostname, gw.example.org",
        "tags, gateway",
        "lan, 10.1.0.0",
        "lan, 10.1.0.1/24",
        "lan, '10.1.0.0/24,'",
        "accept-routes, 'all,10.1.0.0/24'",
        "accept-routes, 10.1.0.1/24",
        "snat, maybe",
        "interface-name, ..",
        "interface-name, sixteen-letters-x",
        "port, 65536",
        "port, 080",
        "mtu, 1279",
        "mtu, 65521",
    })
    void refusesAndNamesTheSetting(String name, String text) {
        Setting<?> setting = Settings.find(name).orElseThrow();
        String message = assertThrows(SettingException.class, () -> NodeConfig.EMPTY.with(setting, text))
                .reason();
        assertTrue(message.startsWith(name + ": "), message);
    }

    @Test
    void routesAreAllOrNoneOrChosen() throws SettingException {
        assertEquals(List.of("all"), NodeConfig.EMPTY.get(Settings.ACCEPT_ROUTES));
        assertEquals(
                List.of(), NodeConfig.EMPTY.with(Settings.ACCEPT_ROUTES, "none").get(Settings.ACCEPT_ROUTES));
        assertEquals("none", NodeConfig.EMPTY.with(Settings.ACCEPT_ROUTES, "").text(Settings.ACCEPT_ROUTES));
        assertEquals(
                List.of("10.2.0.0/16", "hub"),
                NodeConfig.EMPTY
                        .with(Settings.ACCEPT_ROUTES, "10.2.0.0/16, hub, hub")
                        .get(Settings.ACCEPT_ROUTES));
        assertFalse(NodeConfig.EMPTY.has(Settings.ACCEPT_ROUTES));
    }
}
