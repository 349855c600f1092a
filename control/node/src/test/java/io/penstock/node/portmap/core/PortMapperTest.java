package io.penstock.node.portmap.core;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.portmap.IgdAction;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A router in virtual time, which speaks what it is told to. */
class PortMapperTest {
    private static final int GATEWAY = 0xc0a80101;
    private static final int OWN = 0xc0a8010a;
    private static final int PUBLIC = 0x02020202;
    private static final int PORT = 41641;
    private static final long MS = 1_000_000;
    private static final long SECOND = 1000 * MS;
    private static final String IGD = "urn:schemas-upnp-org:service:WANIPConnection:";
    private static final byte[] NO_BODY = {};
    private static final String FOUND = """
            HTTP/1.1 200 OK\r
            ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r
            LOCATION: http://10.9.9.9:5000/root.xml\r
            \r
            """;

    private final Random random = new Random(7);
    private final PortMapper mapper = new PortMapper(EnumSet.allOf(PortMapKind.class), new Entropy() {
        @Override
        public void fill(byte[] bytes) {
            random.nextBytes(bytes);
        }

        @Override
        public int nextInt() {
            return random.nextInt();
        }
    });

    private long nowNs = Long.MAX_VALUE - 5 * SECOND; // wraps on the way
    private final Router router = new Router();
    private @Nullable Endpoint external;
    private int changes;

    /** What it grants, it keeps in {@code mappings}: the internal port by the external one. */
    private final class Router {
        final Set<PortMapKind> speaks = EnumSet.noneOf(PortMapKind.class);
        final Map<Integer, Integer> mappings = new HashMap<>();
        final List<String> calls = new ArrayList<>();
        int address = PUBLIC;
        int result; // of NAT-PMP and PCP
        int lifetime = -1; // as asked
        int takenPort; // by somebody else
        int upnpError;
        int upnpVersion = 1;
        boolean onlyPermanent;
        boolean isDeaf;
        long bootNs = nowNs - 1000 * SECOND;
        Endpoint from = Endpoint.v4(GATEWAY, 5351);
        int sent;

        int epoch() {
            return (int) ((nowNs - bootNs) / SECOND);
        }

        void onDatagram(byte[] request) {
            sent++;
            if (isDeaf) {
                return;
            }
            if (request[0] == 0 && speaks.contains(PortMapKind.NAT_PMP)) {
                onNatPmp(ByteBuffer.wrap(request));
            } else if (request[0] == 2 && speaks.contains(PortMapKind.PCP)) {
                onPcp(ByteBuffer.wrap(request));
            } else if (request[0] == 2 && speaks.contains(PortMapKind.NAT_PMP)) {
                answer(ByteBuffer.allocate(8).putInt(0x0080_0001).putInt(epoch()));
            }
        }

        private void answer(ByteBuffer response) {
            byte[] bytes = new byte[response.capacity()];
            response.get(0, bytes);
            mapper.onDatagram(from, bytes, nowNs);
        }

        private void onNatPmp(ByteBuffer in) {
            if (in.get(1) == 0) {
                answer(ByteBuffer.allocate(12)
                        .putShort((short) 0x0080)
                        .putShort((short) result)
                        .putInt(epoch())
                        .putInt(address));
                return;
            }
            int internal = Short.toUnsignedInt(in.getShort(4));
            int seconds = in.getInt(8);
            int outside = map(internal, Short.toUnsignedInt(in.getShort(6)), seconds);
            answer(ByteBuffer.allocate(16)
                    .putShort((short) 0x0081)
                    .putShort((short) result)
                    .putInt(epoch())
                    .putShort((short) internal)
                    .putShort((short) outside)
                    .putInt(seconds == 0 ? 0 : granted(seconds)));
        }

        private int granted(int seconds) {
            return lifetime < 0 ? seconds : lifetime;
        }

        private int map(int internal, int wanted, int seconds) {
            if (seconds == 0) {
                mappings.values().removeIf(each -> each == internal);
                return 0;
            }
            int outside = wanted == takenPort ? wanted + 1 : wanted;
            if (result == 0) {
                mappings.put(outside, internal);
            }
            return outside;
        }

        private void onPcp(ByteBuffer in) {
            ByteBuffer out = ByteBuffer.allocate(in.get(1) == 0 ? 24 : 60);
            out.put(0, (byte) 2)
                    .put(1, (byte) (0x80 | in.get(1)))
                    .put(3, (byte) result)
                    .putInt(8, epoch());
            if (in.get(1) == 1) {
                int seconds = in.getInt(4);
                int internal = Short.toUnsignedInt(in.getShort(40));
                int outside = map(internal, Short.toUnsignedInt(in.getShort(42)), seconds);
                out.putInt(4, seconds == 0 ? 0 : granted(seconds))
                        .putLong(24, in.getLong(24))
                        .putInt(32, in.getInt(32))
                        .put(36, (byte) 17)
                        .putShort(40, (short) internal)
                        .putShort(42, (short) outside)
                        .putLong(52, 0xffff_0000_0000L | Integer.toUnsignedLong(address));
            }
            answer(out);
        }

        void onSearch() {
            if (!isDeaf && speaks.contains(PortMapKind.UPNP)) {
                mapper.onDatagram(Endpoint.v4((int) from.low(), 1900), FOUND.getBytes(US_ASCII), nowNs);
            }
        }

        void onRequest(PortMapAction.Request request) {
            assertEquals("192.168.1.1:5000", request.uri().getAuthority(), "only the gateway is spoken to");
            IgdAction call = request.call();
            if (isDeaf) {
                mapper.onHttp(request.number(), 0, NO_BODY, nowNs);
            } else if (call == null) {
                mapper.onHttp(request.number(), 200, description(), nowNs);
            } else {
                String name = call.header().replaceAll(".*#|\"", "");
                String body = new String(call.body(), UTF_8);
                calls.add(name + argument(body, "NewExternalPort") + argument(body, "NewLeaseDuration"));
                mapper.onHttp(request.number(), 200, response(name, body), nowNs);
            }
        }

        private byte[] description() {
            return ("<root><service><serviceType>" + IGD + upnpVersion
                            + "</serviceType><controlURL>/ctl</controlURL></service></root>")
                    .getBytes(UTF_8);
        }

        private String argument(String body, String name) {
            return body.contains(name) ? " " + body.replaceAll("(?s).*<" + name + ">|</" + name + ">.*", "") : "";
        }

        private byte[] response(String name, String body) {
            int error = upnpError;
            String results = "";
            if (name.equals("GetExternalIPAddress")) {
                results = "<NewExternalIPAddress>" + ExternalAddress.text(address) + "</NewExternalIPAddress>";
                error = 0;
            } else if (name.startsWith("Add")) {
                int outside = Integer.parseInt(argument(body, "NewExternalPort").strip());
                boolean hasEnd = !argument(body, "NewLeaseDuration").equals(" 0");
                error = onlyPermanent && hasEnd ? 725 : outside == takenPort ? 718 : error;
                if (error == 0) {
                    mappings.put(
                            outside,
                            Integer.parseInt(argument(body, "NewInternalPort").strip()));
                    results = upnpVersion == 2 ? "<NewReservedPort>" + outside + "</NewReservedPort>" : "";
                }
            } else if (name.equals("DeletePortMapping")) {
                mappings.remove(
                        Integer.parseInt(argument(body, "NewExternalPort").strip()));
            }
            String inside =
                    error == 0 ? "<R>" + results + "</R>" : "<s:Fault><errorCode>" + error + "</errorCode></s:Fault>";
            return ("<s:Envelope xmlns:s=\"x\"><s:Body>" + inside + "</s:Body></s:Envelope>").getBytes(UTF_8);
        }
    }

    private void carryOut() {
        for (PortMapAction action = mapper.poll(); action != null; action = mapper.poll()) {
            switch (action) {
                case PortMapAction.Send send -> router.onDatagram(send.datagram());
                case PortMapAction.Search _ -> router.onSearch();
                case PortMapAction.Request request -> router.onRequest(request);
                case PortMapAction.Changed changed -> {
                    external = changed.external();
                    changes++;
                }
            }
        }
    }

    private void run(long ns) {
        long endNs = nowNs + ns;
        carryOut();
        for (int steps = 0; endNs - nowNs > 0; steps++) {
            assertTrue(steps < 100_000, "it does not come to rest");
            nowNs += Math.min(mapper.leftNs(nowNs), endNs - nowNs);
            mapper.onTime(nowNs);
            carryOut();
        }
    }

    private void start(PortMapKind... speaks) {
        router.speaks.addAll(List.of(speaks));
        mapper.onPort(PORT, nowNs);
        mapper.onGateway(GATEWAY, OWN, nowNs);
        run(5 * SECOND);
    }

    private static Endpoint at(int port) {
        return Endpoint.v4(PUBLIC, port);
    }

    @Test
    void eachProtocolGivesAMappingThatIsKeptAndEnded() {
        for (PortMapKind kind : PortMapKind.values()) {
            router.speaks.clear();
            router.mappings.clear();
            start(kind);
            assertEquals(at(PORT), external, kind.title());
            assertEquals(kind, mapper.view().kind());
            assertEquals(Set.of(kind), mapper.view().there());
            int before = changes;
            run(86_400 * SECOND);
            assertEquals(before, changes, kind + " was not kept");
            assertEquals(Map.of(PORT, PORT), router.mappings);
            mapper.close();
            carryOut();
            assertNull(external);
            assertEquals(Map.of(), router.mappings, kind + " was not ended");
        }
    }

    @Test
    void theOneThatIsPreferredIsAsked() {
        start(PortMapKind.values());
        assertEquals(PortMapKind.PCP, mapper.view().kind());
        assertEquals(Set.of(PortMapKind.values()), mapper.view().there());
    }

    @Test
    void theNextOneIsAskedWhenOneRefuses() {
        router.result = 2;
        start(PortMapKind.values());
        assertEquals(PortMapKind.UPNP, mapper.view().kind());
        assertEquals(at(PORT), external);
        String why = "it refused: not authorized, or switched off";
        assertEquals(
                Map.of(PortMapKind.PCP, why, PortMapKind.NAT_PMP, why),
                mapper.view().refusals());
    }

    @Test
    void aRouterThatIsSilentIsSearchedLessAndLess() {
        start();
        assertNull(external);
        assertEquals(Set.of(), mapper.view().there());
        int first = router.sent;
        run(3600 * SECOND);
        int inAnHour = (router.sent - first) / first;
        assertTrue(inAnHour >= 5 && inAnHour <= 12, "searched " + inAnHour + " times in an hour");
        router.speaks.add(PortMapKind.NAT_PMP);
        run(PortMapper.AGAIN_MOST_NS + 5 * SECOND);
        assertEquals(at(PORT), external);
    }

    @Test
    void aPortThatSomebodyHasIsAnother() {
        router.takenPort = PORT;
        start(PortMapKind.NAT_PMP);
        assertEquals(at(PORT + 1), external);
    }

    @Test
    void upnpTriesOtherPortsWhenOneIsTaken() {
        router.takenPort = PORT;
        start(PortMapKind.UPNP);
        assertNotNull(external);
        assertTrue(external.port() >= 1024 && external.port() != PORT);
        assertEquals(Map.of(external.port(), PORT), router.mappings);
    }

    @Test
    void upnpTakesAMappingWithoutAnEnd() {
        router.onlyPermanent = true;
        start(PortMapKind.UPNP);
        assertEquals(at(PORT), external);
        assertEquals(
                List.of("GetExternalIPAddress", "AddPortMapping 41641 7200", "AddPortMapping 41641 0"), router.calls);
        router.calls.clear();
        run(UpnpWay.RENEWAL_NS + SECOND);
        assertEquals(List.of("GetExternalIPAddress", "AddPortMapping 41641 0"), router.calls, "asked again");
    }

    @Test
    void upnpOfVersion2ChoosesThePort() {
        router.upnpVersion = 2;
        start(PortMapKind.UPNP);
        assertEquals(List.of("GetExternalIPAddress", "AddAnyPortMapping 41641 7200"), router.calls);
        assertEquals(at(PORT), external);
    }

    @Test
    void upnpThatFailsIsSaid() {
        router.upnpError = 501;
        start(PortMapKind.UPNP);
        assertNull(external);
        assertEquals("it refused: error 501", mapper.view().refusals().get(PortMapKind.UPNP));
    }

    @Test
    void aRouterThatIsBehindAnotherIsOfNoUse() {
        router.address = 0x64400001; // 100.64.0.1
        for (PortMapKind kind : PortMapKind.values()) {
            router.speaks.clear();
            start(kind);
            assertNull(external);
            assertEquals(
                    "it is behind another router: its address outside is 100.64.0.1",
                    mapper.view().refusals().get(kind));
            assertEquals(Map.of(), router.mappings);
            mapper.close();
            carryOut();
        }
    }

    @Test
    void aRouterThatForgotItsMappingsIsAskedAgain() {
        for (PortMapKind kind : List.of(PortMapKind.PCP, PortMapKind.NAT_PMP)) {
            router.speaks.clear();
            router.bootNs = nowNs - 1000 * SECOND;
            start(kind);
            router.mappings.clear();
            router.bootNs = nowNs;
            run(NatPmpWay.WATCH_NS + 5 * SECOND);
            assertEquals(Map.of(PORT, PORT), router.mappings, kind.title());
            mapper.close();
            carryOut();
        }
    }

    @Test
    void aMappingOfASilentRouterEndsWithItsLease() {
        start(PortMapKind.PCP);
        router.isDeaf = true;
        run(7000 * SECOND);
        assertEquals(at(PORT), external);
        run(300 * SECOND);
        assertNull(external);
        router.isDeaf = false;
        run(PortMapper.AGAIN_MOST_NS + 5 * SECOND);
        assertEquals(at(PORT), external);
    }

    @Test
    void grantsThatCannotBeAreRefused() {
        router.lifetime = 1;
        start(PortMapKind.NAT_PMP);
        assertNull(external);
        assertEquals("it granted port 41641 for 1 s", mapper.view().refusals().get(PortMapKind.NAT_PMP));
        mapper.close();
        router.lifetime = Integer.MAX_VALUE;
        start();
        assertEquals(at(PORT), external);
        router.isDeaf = true;
        run(7300 * SECOND);
        assertNull(external, "a lease is not longer than what was asked for");
    }

    @Test
    void strangersAreNotListenedTo() {
        router.from = Endpoint.v4(GATEWAY + 1, 5351);
        start(PortMapKind.values());
        assertNull(external);
        assertEquals(Set.of(), mapper.view().there());
    }

    @Test
    void anotherRouterIsAskedAnew() {
        start(PortMapKind.PCP);
        mapper.onNoGateway();
        carryOut();
        assertNull(external);
        mapper.onGateway(GATEWAY, OWN + 1, nowNs);
        run(SECOND);
        assertEquals(at(PORT), external);
    }

    @Test
    void anotherPortReplacesTheMapping() {
        for (PortMapKind kind : PortMapKind.values()) {
            router.speaks.clear();
            start(kind);
            mapper.onPort(PORT + 5, nowNs);
            run(5 * SECOND);
            assertEquals(at(PORT + 5), external);
            assertEquals(Map.of(PORT + 5, PORT + 5), router.mappings, kind.title());
            mapper.close();
            carryOut();
        }
    }

    @Test
    void hostileAnswersChangeNothingForLong() {
        start(PortMapKind.values());
        for (int i = 0; i < 100_000; i++) {
            byte[] noise = new byte[random.nextInt(80)];
            random.nextBytes(noise);
            if (noise.length > 3) {
                noise[0] = (byte) random.nextInt(3);
                noise[1] = (byte) (0x80 | random.nextInt(3));
            }
            mapper.onDatagram(Endpoint.v4(GATEWAY, random.nextBoolean() ? 5351 : 1900), noise, nowNs);
            mapper.onHttp(random.nextInt(100), random.nextInt(600), noise, nowNs);
            if (i % 100 == 0) {
                carryOut();
            }
        }
        run(2 * PortMapper.AGAIN_MOST_NS);
        assertEquals(at(PORT), external);
    }
}
