package io.penstock.lab.demo;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Names and addresses of one demo. Names carry the demo's id, so that demos do not meet and nothing of somebody else's can be
 * taken for ours; the addresses exist inside the namespaces only and may be the same in every demo. Pure.
 */
record Topology(String id, Site a, Site b) {
    static final int TUNNEL_MTU = 1420;
    static final int LISTEN_PORT = 51_820;

    /** Where the coordinator of a mesh is, and its way out. */
    static final String COORDINATOR_ADDRESS = "192.0.2.2";

    static final String COORDINATOR_ROUTER = "192.0.2.1";

    private static final int ID_LENGTH = 6;
    private static final String ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final Pattern NAMESPACE = Pattern.compile("ps-[a-z0-9]{6}-(net|co|ga|gb|ha|hb)");
    private static final Pattern INTERFACE =
            Pattern.compile("ps[a-z0-9]{6}[ab]0"); // a kernel name has at most 15 bytes

    /**
     * One site: a gateway with a public address and a host behind it.
     *
     * @param tunnel address of the gateway inside the tunnel
     * @param lan network of the site, its gateway is .1 and its host .2
     */
    record Site(
            String letter,
            String gatewayNamespace,
            String hostNamespace,
            String interfaceName,
            String routerAddress,
            String publicAddress,
            String lan,
            String lanAddress,
            String hostAddress,
            String tunnel) {}

    static Topology of(String id) {
        if (id.length() != ID_LENGTH) {
            throw new IllegalArgumentException("an id has " + ID_LENGTH + " letters: " + id);
        }
        return new Topology(
                id,
                site(id, "a", "198.51.100", "10.77.1", "10.77.0.1"),
                site(id, "b", "203.0.113", "10.77.2", "10.77.0.2"));
    }

    static String randomId(RandomGenerator random) {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(ID_LETTERS.charAt(random.nextInt(ID_LETTERS.length())));
        }
        return id.toString();
    }

    String internetNamespace() {
        return "ps-" + id + "-net";
    }

    /** Of a mesh; two plain gateways have none. */
    String coordinatorNamespace() {
        return "ps-" + id + "-co";
    }

    List<Site> sites() {
        return List.of(a, b);
    }

    List<String> namespaces() {
        return List.of(
                internetNamespace(), a.gatewayNamespace(), b.gatewayNamespace(), a.hostNamespace(), b.hostNamespace());
    }

    static boolean isOurNamespace(String name) {
        return NAMESPACE.matcher(name).matches();
    }

    static boolean isOurInterface(String name) {
        return INTERFACE.matcher(name).matches();
    }

    private static Site site(String id, String letter, String outside, String inside, String tunnel) {
        return new Site(
                letter,
                "ps-" + id + "-g" + letter,
                "ps-" + id + "-h" + letter,
                "ps" + id + letter + "0",
                outside + ".1",
                outside + ".2",
                inside + ".0",
                inside + ".1",
                inside + ".2",
                tunnel);
    }
}
