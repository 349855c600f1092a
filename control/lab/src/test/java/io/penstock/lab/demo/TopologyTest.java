package io.penstock.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TopologyTest {
    @Test
    void namesFitTheKernelAndCarryTheId() {
        for (int seed = 0; seed < 1000; seed++) {
            Topology topology = Topology.of(Topology.randomId(new Random(seed)));
            for (Topology.Site site : topology.sites()) {
                assertTrue(site.interfaceName().length() <= 15);
                assertTrue(Topology.isOurInterface(site.interfaceName()));
            }
            topology.namespaces().forEach(name -> assertTrue(Topology.isOurNamespace(name), name));
            assertEquals(5, topology.namespaces().stream().distinct().count());
        }
    }

    @Test
    void othersNamesAreNotOurs() {
        assertFalse(Topology.isOurNamespace("ps-abc-net"));
        assertFalse(Topology.isOurNamespace("ps-abc123-net2"));
        assertFalse(Topology.isOurNamespace("xps-abc123-net"));
        assertFalse(Topology.isOurInterface("wg0"));
        assertFalse(Topology.isOurInterface("psabc123a0/../x"));
    }

    @Test
    void refusesAnIdOfTheWrongLength() {
        assertThrows(IllegalArgumentException.class, () -> Topology.of("abc"));
    }
}
