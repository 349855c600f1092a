package io.penstock.lab.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class NatKindTest {
    /** RFC 5128 section 3.3, and what a symmetric router needs: a counterpart that does not look at ports. */
    @Test
    void knowsWhoCanMeetWhom() {
        String table = Arrays.stream(NatKind.values())
                .map(left -> Arrays.stream(NatKind.values())
                        .map(right -> left.canMeet(right) ? "D" : "r")
                        .collect(Collectors.joining(" ")))
                .collect(Collectors.joining("\n"));

        assertEquals("""
                D D D D D D r
                D D D D D D r
                D D D r D D r
                D D r r r D r
                D D D r D D r
                D D D D D D r
                r r r r r r r""", table);
    }
}
