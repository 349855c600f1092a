package io.penstock.protocol.stun.discovery;

import io.penstock.wireguard.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found out of one family, in the words of RFC 4787. Immutable.
 *
 * @param isOpen whether any server has answered
 * @param isTranslated whether they see another address than one of ours
 * @param mapped our addresses as servers see them, the first answer's first
 * @param asked how many servers were asked
 * @param answered how many of them have answered
 * @param judge the server by whose second address mapping and filtering were tried; null if none has one
 */
public record NatBehaviour(
        boolean isOpen,
        boolean isTranslated,
        Mapping mapping,
        Filtering filtering,
        Hairpin hairpin,
        List<Endpoint> mapped,
        int asked,
        int answered,
        @Nullable Endpoint judge) {
    /** For a family in which nothing was asked. */
    public static final NatBehaviour NOTHING =
            new NatBehaviour(false, false, Mapping.UNKNOWN, Filtering.UNKNOWN, Hairpin.UNKNOWN, List.of(), 0, 0, null);

    public NatBehaviour {
        mapped = List.copyOf(mapped);
    }

    /** Which destinations see us at the same address. RFC 4787 section 4.1. */
    public enum Mapping {
        UNKNOWN("unknown"),
        ENDPOINT_INDEPENDENT("endpoint-independent"),
        ADDRESS_DEPENDENT("address-dependent"),
        ADDRESS_AND_PORT_DEPENDENT("address-and-port-dependent"),
        /** Servers see us at different addresses, and none of them could tell why. */
        DESTINATION_DEPENDENT("destination-dependent");

        private final String title;

        Mapping(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }
    }

    /** From whom datagrams come in. RFC 4787 section 5. */
    public enum Filtering {
        UNKNOWN("unknown"),
        ENDPOINT_INDEPENDENT("endpoint-independent"),
        ADDRESS_DEPENDENT("address-dependent"),
        ADDRESS_AND_PORT_DEPENDENT("address-and-port-dependent");

        private final String title;

        Filtering(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }
    }

    /** Whether what is sent from inside to an address of ours outside comes back in. RFC 4787 section 6. */
    public enum Hairpin {
        /** Also where nothing is translated, so that there is no such address. */
        UNKNOWN,
        YES,
        NO
    }
}
