package io.penstock.server.model;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * For what more than a password is demanded of those whom a provider signs in: of the provider, if it is known by which words it says that
 * there was more, or else by us. Immutable.
 *
 * @param uses if any, a second factor is demanded for each of them
 * @param acr if any, asked for, and one of them has to come back: the provider's names for a sign-in with a second factor
 * @param amr if any, one of them has to come back: the provider's names for second factors (RFC 8176)
 */
public record SecondFactor(Set<Use> uses, List<String> acr, Set<String> amr) {
    public static final SecondFactor NONE = new SecondFactor(Set.of(), List.of(), Set.of());

    /** What somebody is about to do. */
    public enum Use {
        /** Being here at all. */
        ALWAYS,
        /** Being here as more than a member. */
        ADMINISTRATORS,
        /** Letting a device in, or making a key that does. */
        NEW_DEVICES;

        /**
         * Reads the form of {@link #toString}.
         *
         * @throws IllegalArgumentException for anything else
         */
        public static Use parse(String text) {
            return Arrays.stream(values())
                    .filter(use -> use.toString().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "a second factor is for always, administrators or new-devices, not " + text));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public SecondFactor {
        uses = Set.copyOf(uses);
        acr = List.copyOf(acr);
        amr = Set.copyOf(amr);
        if (uses.isEmpty() && !(acr.isEmpty() && amr.isEmpty())) {
            throw new IllegalArgumentException("acr and amr go with what a second factor is demanded for");
        }
    }

    /** Whether it is the coordinator that asks for it, because nothing is known by which the provider would say that it was there. */
    public boolean isOurs() {
        return !uses.isEmpty() && acr.isEmpty() && amr.isEmpty();
    }

    /** Whether somebody of that role may not even be here without. */
    public boolean isFor(Role role) {
        return uses.contains(Use.ALWAYS) || (uses.contains(Use.ADMINISTRATORS) && role != Role.MEMBER);
    }

    public boolean isForNewDevices() {
        return uses.contains(Use.ALWAYS) || uses.contains(Use.NEW_DEVICES);
    }

    /**
     * Whether a provider says that there was one.
     *
     * @param saidAcr empty if it does not say
     */
    public boolean isProvenBy(String saidAcr, Collection<String> saidAmr) {
        return !uses.isEmpty()
                && !isOurs()
                && (acr.isEmpty() || acr.contains(saidAcr))
                && (amr.isEmpty() || saidAmr.stream().anyMatch(amr::contains));
    }
}
