package io.penstock.protocol.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.netmap.MapSession;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Messages as our protocol doubles write them, whose coordinator stock nodes joined and whose node joined headscale. */
class DoublesTest {
    private static final String KEY = "ab".repeat(32);

    @Test
    void readsTheNodesRegistration() throws MalformedMessageException {
        RegisterRequest request = RegisterRequest.decode(bytes("""
                {'Version': 131, 'NodeKey': 'nodekey:KEY', 'OldNodeKey': 'nodekey:ZERO', 'NLKey': 'nlpub:KEY',
                'Auth': {'AuthKey': 'hskey-auth-x'}, 'Expiry': '0001-01-01T00:00:00Z', 'Followup': '',
                'Hostinfo': {'BackendLogID': 'KEY', 'OS': 'linux', 'Hostname': 'gw', 'IPNVersion': '1.92.0-mesh',
                'RoutableIPs': ['10.1.0.0/16', '::/0']}}"""));
        assertEquals(131, request.version());
        assertEquals(NodeKey.parse("nodekey:" + KEY), request.nodeKey());
        assertTrue(request.oldNodeKey().isZero());
        assertEquals(new RegisterAuth("hskey-auth-x"), request.auth());
        Hostinfo host = Objects.requireNonNull(request.hostinfo());
        assertEquals("gw", host.hostname());
        assertEquals(List.of(Prefix.parse("10.1.0.0/16"), Prefix.parse("::/0")), host.routableIps());
    }

    @Test
    void readsTheNodesReport() throws MalformedMessageException {
        MapRequest request = MapRequest.decode(bytes("""
                {'Version': 131, 'Compress': 'zstd', 'KeepAlive': true, 'NodeKey': 'nodekey:KEY', 'DiscoKey': 'discokey:KEY',
                'Hostinfo': {'OS': 'linux', 'NetInfo': {'PreferredDERP': 900, 'WorkingUDP': true, 'PMP': null,
                'DERPLatency': {'900-v4': 0.012}}},
                'Endpoints': ['198.18.0.1:45000'], 'EndpointTypes': [1], 'OmitPeers': true}"""));
        assertTrue(request.isReport());
        assertEquals("zstd", request.compress());
        assertEquals(List.of(Endpoint.parse("198.18.0.1:45000")), request.endpoints());
        assertEquals(List.of(MapRequest.ENDPOINT_LOCAL), request.endpointTypes());
        NetInfo net = Objects.requireNonNull(
                Objects.requireNonNull(request.hostinfo()).netInfo());
        assertEquals(900, net.preferredDerp());
        assertEquals(true, net.workingUdp());
        assertNull(net.pmp());
        assertEquals(Map.of("900-v4", 0.012), net.derpLatency());
    }

    @Test
    void readsTheCoordinatorsAnswer() throws MalformedMessageException {
        RegisterResponse response = RegisterResponse.decode(bytes("""
                {'User': {'ID': 1, 'DisplayName': 'Alice'}, 'Login': {'ID': 1, 'Provider': 'x',
                'LoginName': 'alice@mesh.test', 'DisplayName': 'Alice'}, 'MachineAuthorized': true}"""));
        assertTrue(response.machineAuthorized());
        assertEquals("alice@mesh.test", response.login().loginName());
        assertEquals("", response.authUrl());
        RegisterResponse login = RegisterResponse.decode(
                bytes("{'AuthURL': 'http://127.0.0.1:8099/register/ff', 'User': {'ID': 0}, 'Login': {'ID': 0}}"));
        assertEquals("http://127.0.0.1:8099/register/ff", login.authUrl());
    }

    @Test
    void followsTheCoordinatorsMap() throws MalformedMessageException {
        MapSession session = new MapSession();
        session.apply(map("""
                {'Node': {'ID': 1, 'StableID': 'n1CTRL', 'Name': 'a.mesh.test.', 'User': 1, 'Key': 'nodekey:KEY',
                'KeyExpiry': '0001-01-01T00:00:00Z', 'Machine': 'mkey:KEY', 'Addresses': ['100.64.0.1/32',
                'fd7a:115c:a1e0::1/128'], 'AllowedIPs': ['100.64.0.1/32', 'fd7a:115c:a1e0::1/128'], 'HomeDERP': 0,
                'Hostinfo': {}, 'Created': '2026-01-01T00:00:00Z', 'Cap': 145, 'MachineAuthorized': true,
                'CapMap': {'https://tailscale.com/cap/ssh': []}},
                'Peers': [{'ID': 2, 'Name': 'b.mesh.test.', 'Key': 'nodekey:KEY', 'DiscoKey': 'discokey:KEY',
                'Addresses': ['100.64.0.2/32'], 'AllowedIPs': ['100.64.0.2/32', '10.1.0.0/16'],
                'PrimaryRoutes': ['10.1.0.0/16'], 'Endpoints': ['198.18.0.1:45000'], 'HomeDERP': 900, 'Online': true}],
                'DERPMap': {'Regions': {'900': {'RegionID': 900, 'RegionCode': 'x', 'RegionName': 'X', 'Nodes': [
                {'Name': '900a', 'RegionID': 900, 'HostName': 'derp.example', 'IPv6': 'none', 'DERPPort': 443}]}},
                'omitDefaultRegions': true}, 'Domain': 'mesh.test', 'CollectServices': false,
                'DNSConfig': {'Proxied': true, 'Domains': ['mesh.test'], 'Routes': {'mesh.test': []}},
                'PacketFilters': {'base': [{'SrcIPs': ['*'], 'DstPorts': [{'IP': '*', 'Ports': {'First': 0, 'Last': 65535}}]}]},
                'UserProfiles': [{'ID': 1, 'LoginName': 'alice@mesh.test', 'DisplayName': 'Alice'}],
                'ControlTime': '2026-01-02T03:04:05Z', 'Debug': {'DisableLogTail': true}}"""), Instant.EPOCH);
        session.apply(map("{'PeersChangedPatch': [{'NodeID': 2, 'Online': false}]}"), Instant.EPOCH);
        NetMap map = Objects.requireNonNull(session.map());
        assertTrue(map.self().machineAuthorized());
        assertEquals(
                Map.of("https://tailscale.com/cap/ssh", List.of()), map.self().capMap());
        Node peer = Objects.requireNonNull(map.peers().get(2L));
        assertEquals(false, peer.online());
        assertEquals(List.of(Prefix.parse("100.64.0.2/32"), Prefix.parse("10.1.0.0/16")), peer.acceptedPrefixes());
        assertEquals(List.of(FilterRule.allowAll()), map.packetFilter());
        DerpRegion region = Objects.requireNonNull(
                        Objects.requireNonNull(map.derpMap()).regions())
                .get(900);
        assertEquals(
                "derp.example",
                Objects.requireNonNull(region).nodes().getFirst().hostName());
        assertEquals(
                Map.of("mesh.test", List.of()),
                Objects.requireNonNull(map.dns()).routes());
        assertEquals(
                "alice@mesh.test", Objects.requireNonNull(map.users().get(1L)).loginName());
    }

    private static MapResponse map(String json) throws MalformedMessageException {
        return Json.read(bytes(json), 1 << 20, MapResponse.class);
    }

    private static byte[] bytes(String json) {
        return json.replace('\'', '"')
                .replace("ZERO", "0".repeat(64))
                .replace("KEY\"", KEY + "\"")
                .getBytes(UTF_8);
    }
}
