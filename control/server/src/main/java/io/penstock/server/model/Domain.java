package io.penstock.server.model;

import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A private network of its own: its users, nodes, names, addresses and policy. Nothing of one domain is seen from another, and
 * the prefixes of two may overlap. Immutable.
 *
 * @param name unique on this coordinator, a valid DNS label
 * @param dnsSuffix what its nodes' names end in, without dots at its ends
 * @param keyLifetime after which a user's node has to log in again, null for never
 */
public record Domain(
        long id,
        String name,
        String dnsSuffix,
        Prefix v4,
        Prefix v6,
        @Nullable Duration keyLifetime,
        Instant created) {
    public static final Prefix DEFAULT_V4 = Prefix.parse("100.64.0.0/10");
    public static final Prefix DEFAULT_V6 = Prefix.parse("fd7a:115c:a1e0::/48");
    public static final Duration DEFAULT_KEY_LIFETIME = Duration.ofDays(180);

    public Domain {
        checkSettings(name, dnsSuffix, v4, v6, keyLifetime);
    }

    /**
     * Checks what an operator may choose.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    public static void checkSettings(
            String name, String dnsSuffix, Prefix v4, Prefix v6, @Nullable Duration keyLifetime) {
        require(NodeName.isValid(name), "not a name for a domain: " + name);
        require(dnsSuffix.length() <= 200, "a DNS suffix of more than 200 characters");
        for (String label : dnsSuffix.split("\\.", -1)) {
            require(NodeName.isValid(label), "not a DNS suffix: " + dnsSuffix);
        }
        requireWithin(v4, DEFAULT_V4);
        requireWithin(v6, DEFAULT_V6);
        require(new AddressPool(v4).size() >= 4, v4 + " has no room for nodes");
        require(new AddressPool(v6).size() >= 4, v6 + " has no room for nodes");
        require(keyLifetime == null || keyLifetime.isPositive(), "a key lifetime is positive");
    }

    /** Stock clients take addresses only from these two. */
    private static void requireWithin(Prefix prefix, Prefix outer) {
        boolean inside = prefix.isV6() == outer.isV6()
                && prefix.length() >= outer.length()
                && (prefix.isV6() ? outer.contains6(prefix.high(), prefix.low()) : outer.contains4((int) prefix.low()));
        require(inside, prefix + " is not within " + outer + ", and clients refuse addresses from elsewhere");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** When a key made or renewed now is no longer good; null for never. Tagged nodes do not expire. */
    public @Nullable Instant expiryOf(Owner owner, Instant now) {
        return switch (owner) {
            case Owner.OfUser user -> keyLifetime == null ? null : now.plus(keyLifetime);
            case Owner.OfTags tagged -> null;
        };
    }
}
