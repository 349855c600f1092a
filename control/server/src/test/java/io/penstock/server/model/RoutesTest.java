package io.penstock.server.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.route.Prefix;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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

    @Test
    void routerThatAdvertisesOtherPrefixesEachTimeStaysBelowTheBound() {
        Routes routes = Routes.NONE;
        for (int report = 0; report < 5; report++) {
            Set<Prefix> told = prefixes(report * 600, 600);
            routes = routes.advertise(told, prefix -> true);
            assertEquals(told, routes.serving(), "report " + report);
            assertTrue(routes.approved().size() <= Routes.MAX_COUNT);
        }
        assertEquals(Set.of(), routes.advertise(Set.of(), prefix -> true).serving());
        Set<Prefix> most = prefixes(9000, Routes.MAX_COUNT);
        assertEquals(most, routes.advertise(most, prefix -> true).serving());
    }

    @Test
    void approvalsOfAnAdministratorLastUntilTheBoundNeedsThem() {
        Set<Prefix> granted = prefixes(0, Routes.MAX_COUNT);
        Routes routes = Routes.NONE.approve(granted).advertise(Set.of(A, B), prefix -> false);
        assertEquals(granted, routes.approved());

        assertEquals(
                Set.of(Prefix.parse("192.168.7.0/24")),
                routes.advertise(
                                Set.of(B, Prefix.parse("192.168.7.0/24")),
                                prefix -> prefix.length() == 24 && !granted.contains(prefix))
                        .approved());
    }

    @Test
    void whatThePolicyApprovesAgainIsForgottenFirst() {
        Set<Prefix> granted = prefixes(0, 10);
        Routes routes = Routes.NONE.approve(granted).advertise(prefixes(100, 990), prefix -> true);
        assertEquals(Routes.MAX_COUNT, routes.approved().size());

        routes = routes.advertise(Set.of(A), prefix -> !granted.contains(prefix));

        assertEquals(Set.of(A), routes.serving());
        assertTrue(routes.approved().containsAll(granted), "what an administrator gave");
        assertEquals(11, routes.approved().size());
    }

    private static Set<Prefix> prefixes(int first, int count) {
        return IntStream.range(first, first + count)
                .mapToObj(i -> Prefix.v4(0x14000000 | i << 8, 24))
                .collect(Collectors.toSet());
    }
}
