package io.penstock.engine.uapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each line alone: what is taken, and which errno the rest gets. */
class UapiParserTest {
    private static final int EINVAL = -22;
    private static final int EPROTO = -71;
    private static final String KEY = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "private_key=" + KEY,
                "listen_port=0",
                "listen_port=65535",
                "listen_port=00000000000000000000000080",
                "fwmark=0",
                "fwmark=4294967295",
                "replace_peers=true"
            })
    void takesInterfaceLines(String line) {
        assertEquals(0, parse(line, false));
        assertEquals(EINVAL, parse(line, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update_only=true",
                "remove=true",
                "preshared_key=" + KEY,
                "protocol_version=1",
                "endpoint=0.0.0.0:0",
                "endpoint=255.255.255.255:65535",
                "endpoint=[::]:1",
                "endpoint=[2001:db8::1:2]:51820",
                "endpoint=[::ffff:1.2.3.4]:5",
                "endpoint=[fe80::1%eth7]:5",
                "endpoint=[fe80::1%3]:5",
                "persistent_keepalive_interval=0",
                "persistent_keepalive_interval=65535",
                "replace_allowed_ips=true",
                "allowed_ip=0.0.0.0/0",
                "allowed_ip=10.1.2.3/8",
                "allowed_ip=::/0",
                "allowed_ip=fd00::1/128",
                "allowed_ip=::ffff:1.2.3.4/96",
                "allowed_ip=-10.0.0.0/8",
                "allowed_ip=-fd00::/8"
            })
    void takesPeerLines(String line) {
        assertEquals(0, parse(line, true));
        assertEquals(EINVAL, parse(line, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "private_key=",
                "private_key=00",
                "private_key=" + KEY + "0",
                "private_key=" + KEY + "00",
                "private_key= 123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "private_key=g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "private_key=\u066123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "listen_port=",
                "listen_port=65536",
                "listen_port=-1",
                "listen_port=+1",
                "listen_port= 1",
                "listen_port=1 ",
                "listen_port=0x10",
                "listen_port=1_0",
                "listen_port=99999999999999999999999999",
                "fwmark=4294967296",
                "fwmark=0x1",
                "fwmark=off",
                "replace_peers=",
                "replace_peers=false",
                "replace_peers=True",
                "replace_peers=true ",
                "replace_peers=1",
                "Private_key=" + KEY,
                " listen_port=1",
                "listen_port =1",
                "errno=0",
                "get=1",
                "set=1",
                "protocol_version=1",
                "=",
                "=true",
                "\u0000=1"
            })
    void refusesInterfaceLines(String line) {
        assertEquals(EINVAL, parse(line, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "public_key=",
                "public_key=" + KEY + "00",
                "public_key=" + "z123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "update_only=false",
                "remove=yes",
                "remove=",
                "preshared_key=none",
                "protocol_version=",
                "protocol_version=0",
                "protocol_version=2",
                "protocol_version=01",
                "endpoint=",
                "endpoint=1.2.3.4",
                "endpoint=1.2.3.4:",
                "endpoint=1.2.3.4:65536",
                "endpoint=1.2.3.4:-1",
                "endpoint=1.2.3:4",
                "endpoint=1.2.3.04:5",
                "endpoint=256.2.3.4:5",
                "endpoint=[1.2.3.4]:5",
                "endpoint=2001:db8::1:5",
                "endpoint=[2001:db8::1]",
                "endpoint=[2001:db8::1]5",
                "endpoint=[2001:db8::g]:5",
                "endpoint=[1::2::3]:5",
                "endpoint=[1:2:3:4:5:6:7:8:9]:5",
                "endpoint=[fe80::1%]:5",
                "endpoint=[fe80::1%nowhere]:5",
                "endpoint=example.org:5",
                "endpoint=(none)",
                "endpoint= 1.2.3.4:5",
                "persistent_keepalive_interval=off",
                "persistent_keepalive_interval=65536",
                "persistent_keepalive_interval=-1",
                "replace_allowed_ips=false",
                "allowed_ip=",
                "allowed_ip=-",
                "allowed_ip=10.0.0.0",
                "allowed_ip=10.0.0.0/",
                "allowed_ip=10.0.0.0/33",
                "allowed_ip=10.0.0.0/08",
                "allowed_ip=10.0.0.0/-1",
                "allowed_ip=10.0.0.0/8/8",
                "allowed_ip=10.0.0/8",
                "allowed_ip=fd00::/129",
                "allowed_ip=fe80::1%eth7/64",
                "allowed_ip=+10.0.0.0/8",
                "allowed_ip=--10.0.0.0/8",
                "allowed_ip=(none)",
                "listen_port=1",
                "private_key=" + KEY
            })
    void refusesPeerLines(String line) {
        assertEquals(EINVAL, parse(line, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "true", "private_key", "private_key:" + KEY, " ", "\u0000", "\u00ff\u00fe"})
    void callsALineWithoutEqualsAProtocolError(String line) {
        assertEquals(EPROTO, parse(line, false));
        assertEquals(EPROTO, parse(line, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"private_key", "preshared_key", "public_key"})
    void takesHexadecimalOfEitherCase(String key) {
        String line = key + "=" + KEY.toUpperCase(Locale.ROOT);
        assertEquals(0, parse(line, !key.equals("private_key")));
    }

    /** The line behind {@code set=1}, or behind a {@code public_key}. */
    private static int parse(String line, boolean inPeer) {
        UapiParser parser = new UapiParser(zone -> zone.equals("eth7") ? 7 : 0);
        List<Change> changes = new ArrayList<>();
        if (inPeer) {
            byte[] select = ("public_key=" + KEY).getBytes(UTF_8);
            assertEquals(0, parser.parse(select, 0, select.length, changes));
            assertEquals(2, changes.size());
        }
        byte[] bytes = ("##" + line + "##").getBytes(UTF_8);
        int before = changes.size();
        int status = parser.parse(bytes, 2, bytes.length - 4, changes);
        boolean silent = line.equals("protocol_version=1") || status != 0;
        int ends = line.startsWith("public_key=") ? 1 : 0; // the peer before it ends in any case
        assertEquals(before + ends + (silent ? 0 : 1), changes.size());
        return status;
    }
}
