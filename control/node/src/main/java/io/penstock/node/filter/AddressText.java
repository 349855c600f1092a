package io.penstock.node.filter;

import io.penstock.engine.filter.AddressRange;
import io.penstock.wireguard.IpText;
import io.penstock.wireguard.route.Prefix;
import java.util.List;

/** Addresses as filter rules write them. Throws {@link IllegalArgumentException} for anything else. */
final class AddressText {
    private static final List<AddressRange> EVERYWHERE = List.of(AddressRange.ALL_V4, AddressRange.ALL_V6);

    /** An address, a prefix without host bits, a range {@code a-b}, or {@code *}. */
    static List<AddressRange> parse(String text) {
        if (text.equals("*")) {
            return EVERYWHERE;
        }
        if (text.indexOf('/') >= 0) {
            return List.of(AddressRange.of(prefix(text)));
        }
        int hyphen = text.indexOf('-');
        if (hyphen < 0) {
            return List.of(AddressRange.of(address(text)));
        }
        Prefix first = address(text.substring(0, hyphen));
        Prefix last = address(text.substring(hyphen + 1));
        if (first.isV6() != last.isV6()) {
            throw new IllegalArgumentException("a range of two families");
        }
        return List.of(new AddressRange(first.isV6(), first.high(), first.low(), last.high(), last.low()));
    }

    private static Prefix prefix(String text) {
        Prefix prefix = Prefix.parse(text);
        Prefix address = address(text.substring(0, text.indexOf('/')));
        if (address.high() != prefix.high() || address.low() != prefix.low()) {
            throw new IllegalArgumentException("a prefix with host bits");
        }
        return prefix;
    }

    private static Prefix address(String text) {
        if (text.indexOf(':') < 0) {
            return Prefix.v4(IpText.parse4(text), 32);
        }
        long[] halves = IpText.parse6(text);
        return Prefix.v6(halves[0], halves[1], 128);
    }

    private AddressText() {}
}
