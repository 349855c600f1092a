package io.penstock.node.host;

import io.penstock.node.route.Connected;
import io.penstock.node.route.Networks;
import java.io.IOException;
import java.util.List;

/** The host as it was found at one moment. */
interface HostView {
    /**
     * The value of a thing, {@link HostItem#ABSENT} if it is not there.
     *
     * @throws IOException if the kernel does not tell
     */
    String read(HostItem item) throws IOException;

    /**
     * What a plan has to know besides.
     *
     * @throws IOException if the kernel does not tell
     */
    Facts facts(HostSettings settings) throws IOException;

    /** What the host is connected to by other links than this one. */
    Networks networks(String own);

    /**
     * What a plan has to know besides.
     *
     * @param hasLink whether the tunnel's interface is there
     * @param hasIpv6 whether IPv6 is enabled at it
     * @param hostHasIpv6 whether IPv6 is enabled at the host
     * @param connected networks at other links
     * @param uplinks links to the underlay that are there
     * @param strictUplinks those of them that check sources strictly (rp_filter 1)
     * @param isIpv6Router whether the host forwards IPv6
     * @param takesAdvertisements other links that take IPv6 router advertisements only as long as it does not (accept_ra 1)
     * @param leftovers what is there in our tables, and our nftables table, whoever left it
     * @param hasNft whether the program nft is there
     * @param nftTrouble why it did not tell what is there; empty if it did, or if it was not asked
     * @param dropping chains of others that drop what is forwarded unless a rule of theirs accepts it
     */
    record Facts(
            boolean hasLink,
            boolean hasIpv6,
            boolean hostHasIpv6,
            List<Connected> connected,
            List<String> uplinks,
            List<String> strictUplinks,
            boolean isIpv6Router,
            List<String> takesAdvertisements,
            List<HostItem> leftovers,
            boolean hasNft,
            String nftTrouble,
            List<String> dropping) {
        public Facts {
            connected = List.copyOf(connected);
            uplinks = List.copyOf(uplinks);
            strictUplinks = List.copyOf(strictUplinks);
            takesAdvertisements = List.copyOf(takesAdvertisements);
            leftovers = List.copyOf(leftovers);
            dropping = List.copyOf(dropping);
        }
    }
}
