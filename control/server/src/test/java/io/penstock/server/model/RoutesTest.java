package io.penstock.server.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.route.Prefix;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private static final Prefix A = Prefix.parse("10.1.0.0/24");
    private static final Prefix B = Prefix.parse("10.2.0.0/24");

    @Test
    void servesWhatIsAdvertisedAndApproved() {
        Routes routes = Routes.NONE.advertise(Set.of(A, B), prefix -> false);
        assertEquals(Set.of(), routes.serving());
        assertEquals(Set.of(A, B), routes.waiting());

        routes = routes.approve(Set.of(A));
        assertEquals(Set.of(A), routes.serving());
        assertEquals(Set.of(B), routes.waiting());
    }

    @Test
    void approvalOutlivesTheAdvertisement() {
        Routes routes = Routes.NONE.advertise(Set.of(A), prefix -> true).advertise(Set.of(), prefix -> false);
        assertEquals(Set.of(), routes.serving());
        assertEquals(Set.of(A), routes.advertise(Set.of(A), prefix -> false).serving());
    }

    @Test
    void policyApprovesOnlyWhatIsNew() {
        Routes routes = Routes.NONE.advertise(Set.of(A), prefix -> false).advertise(Set.of(A, B), prefix -> true);
        assertEquals(Set.of(B), routes.serving(), "A was refused before and waits for an administrator");
    }

    @Test
    void exitIsBothFamiliesOrNone() {
        Prefix v4 = Prefix.parse("0.0.0.0/0");
        Routes routes = Routes.NONE.advertise(Routes.EXIT, prefix -> false).approve(Set.of(v4));
        assertTrue(routes.isExitNode());
        assertEquals(Set.of(), routes.serving());
        assertFalse(Routes.NONE.advertise(Set.of(v4), prefix -> true).isExitNode());
    }

    @Test
    void hasABound() {
        Set<Prefix> many = new HashSet<>();
        for (int i = 0; i <= Routes.MAX_COUNT; i++) {
            many.add(Prefix.v4(0x0a000000 | i << 8, 24));
        }
        assertThrows(IllegalArgumentException.class, () -> Routes.NONE.advertise(many, prefix -> false));
    }
}
