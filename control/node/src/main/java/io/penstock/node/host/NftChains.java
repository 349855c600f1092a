package io.penstock.node.host;

import java.util.ArrayList;
import java.util.List;

/**
 * What matters of {@code nft list chains}. Pure.
 *
 * @param digest of the text of our table; {@link HostItem#ABSENT} without a table, a question mark without a stamp in it
 * @param dropping base chains of other tables with the hook forward and the policy drop, as {@code ip filter FORWARD}
 */
record NftChains(String digest, List<String> dropping) {
    static final NftChains NONE = new NftChains(HostItem.ABSENT, List.of());

    private static final String UNSTAMPED = "?";

    NftChains {
        dropping = List.copyOf(dropping);
    }

    /** Reads lines: a table with family and name, within it chains, within those a hook and a policy. */
    static NftChains parse(List<String> lines) {
        String digest = HostItem.ABSENT;
        List<String> dropping = new ArrayList<>();
        String table = "";
        String chain = "";
        for (String line : lines) {
            String text = line.strip();
            if (text.startsWith("table ")) {
                table = between(text, "table ");
                if (table.equals(NftRules.TABLE) && digest.isEmpty()) {
                    digest = UNSTAMPED;
                }
            } else if (text.startsWith("chain ")) {
                chain = between(text, "chain ");
                if (table.equals(NftRules.TABLE) && chain.startsWith(NftRules.STAMP)) {
                    digest = chain.substring(NftRules.STAMP.length());
                }
            } else if (text.contains(" hook forward ")
                    && text.contains("policy drop;")
                    && !table.equals(NftRules.TABLE)) {
                dropping.add(table + ' ' + chain);
            }
        }
        return new NftChains(digest, dropping);
    }

    private static String between(String text, String start) {
        int brace = text.indexOf('{');
        return text.substring(start.length(), brace < 0 ? text.length() : brace).strip();
    }
}
