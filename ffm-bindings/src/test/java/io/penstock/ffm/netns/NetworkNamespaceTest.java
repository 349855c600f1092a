package io.penstock.ffm.netns;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class NetworkNamespaceTest {
    @Test
    void refusesNamesThatLeaveTheDirectory() {
        for (String name : new String[] {"", ".", "..", "a/b", "../x", "-x", "a b", "a\0", "x".repeat(256)}) {
            assertThrows(IllegalArgumentException.class, () -> NetworkNamespace.open(name), name);
            assertThrows(IllegalArgumentException.class, () -> NetworkNamespace.create(name), name);
            assertThrows(IllegalArgumentException.class, () -> NetworkNamespace.delete(name), name);
        }
    }
}
