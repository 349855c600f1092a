package io.penstock.ffm.ethtool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.Errno;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.ethtool.LinkFeatures.State;
import io.penstock.ffm.netlink.Links;
import io.penstock.ffm.netlink.Netlink;
import io.penstock.ffm.netns.NetworkNamespace;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A veth pair in a namespace of the test, and what ethtool(8) says of it. Needs root. */
@Tag("live")
class LinkFeaturesLiveTest {
    private static final String NAME = "psffe" + ProcessHandle.current().pid();

    private NetworkNamespace namespace;
    private LinkFeatures features;

    @BeforeEach
    void setUp() throws Exception {
        namespace = NetworkNamespace.create(NAME);
        try (Netlink netlink = namespace.netlink()) {
            new Links(netlink).createVeth("va", "vb");
        }
        features = namespace.call(LinkFeatures::open);
    }

    @AfterEach
    void tearDown() throws Exception {
        features.close();
        namespace.close();
        NetworkNamespace.delete(NAME);
    }

    @Test
    void switchesWhatEthtoolShows() throws Exception {
        assertEquals(State.OFF, features.get("va", "rx-udp-gro-forwarding"));
        assertTrue(ethtool().contains("rx-udp-gro-forwarding: off\n"));
        features.set("va", "rx-udp-gro-forwarding", true);
        assertEquals(State.ON, features.get("va", "rx-udp-gro-forwarding"));
        assertEquals(State.OFF, features.get("vb", "rx-udp-gro-forwarding"));
        assertTrue(ethtool().contains("rx-udp-gro-forwarding: on\n"));
        features.set("va", "rx-udp-gro-forwarding", false);
        assertEquals(State.OFF, features.get("va", "rx-udp-gro-forwarding"));
    }

    @Test
    void tellsWhatCannotBeSwitched() throws Exception {
        assertTrue(
                ethtool().contains("netns-local: off [fixed]") || ethtool().contains("vlan-challenged: off [fixed]"));
        assertEquals(State.FIXED, features.get("va", "vlan-challenged"));
        assertEquals(State.FIXED, features.get("va", "no-such-feature"));
        ErrnoException unknown = assertThrows(ErrnoException.class, () -> features.set("va", "no-such-feature", true));
        assertEquals(Errno.EOPNOTSUPP, unknown.errno());
        ErrnoException fixed = assertThrows(ErrnoException.class, () -> features.set("va", "vlan-challenged", true));
        assertEquals("switch vlan-challenged of va on", fixed.operation());
        ErrnoException gone = assertThrows(ErrnoException.class, () -> features.get("vx", "rx-gro-list"));
        assertEquals(Errno.ENODEV, gone.errno());
    }

    private static String ethtool() throws Exception {
        Process process = new ProcessBuilder("ip", "netns", "exec", NAME, "ethtool", "-k", "va")
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text;
    }
}
