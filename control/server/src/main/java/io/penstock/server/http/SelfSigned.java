package io.penstock.server.http;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;

/**
 * Makes a certificate that signs itself (X.509 v3, P-256 with SHA-256, RFC 5280), for those who pin it: the JDK can read
 * certificates and not make them. Stateless.
 */
public final class SelfSigned {
    private static final byte[] ECDSA_WITH_SHA256 = HexFormat.of().parseHex("06082a8648ce3d040302");
    private static final byte[] COMMON_NAME = HexFormat.of().parseHex("0603550403");
    private static final byte[] SUBJECT_ALT_NAME = HexFormat.of().parseHex("0603551d11");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int UTF8_STRING = 0x0c;
    private static final int GENERALIZED_TIME = 0x18;
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int DNS_NAME = 0x82;
    private static final int IP_ADDRESS = 0x87;

    private SelfSigned() {}

    /**
     * A new key and its certificate.
     *
     * @param names what it is called, DNS names
     * @param addresses of 4 or 16 bytes
     */
    public static TlsIdentity create(List<String> names, List<byte[]> addresses, Instant from, Instant to) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            byte[] body = body(pair, names, addresses, from, to);
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(pair.getPrivate());
            signature.update(body);
            byte[] certificate = element(
                    SEQUENCE,
                    body,
                    element(SEQUENCE, ECDSA_WITH_SHA256),
                    element(BIT_STRING, new byte[1], signature.sign()));
            X509Certificate parsed = (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(certificate));
            return new TlsIdentity(pair.getPrivate(), List.of(parsed));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // every Java has P-256
        }
    }

    private static byte[] body(KeyPair pair, List<String> names, List<byte[]> addresses, Instant from, Instant to) {
        byte[] name = element(
                SEQUENCE,
                element(
                        SET,
                        element(
                                SEQUENCE,
                                COMMON_NAME,
                                element(UTF8_STRING, "penstock".getBytes(StandardCharsets.UTF_8)))));
        byte[] validity = element(SEQUENCE, time(from), time(to));
        ByteArrayOutputStream alternatives = new ByteArrayOutputStream();
        names.forEach(dns -> alternatives.writeBytes(element(DNS_NAME, dns.getBytes(StandardCharsets.US_ASCII))));
        addresses.forEach(address -> alternatives.writeBytes(element(IP_ADDRESS, address)));
        byte[] extension = element(
                SEQUENCE, SUBJECT_ALT_NAME, element(OCTET_STRING, element(SEQUENCE, alternatives.toByteArray())));
        return element(
                SEQUENCE,
                element(0xa0, element(INTEGER, new byte[] {2})), // version 3
                element(
                        INTEGER,
                        new BigInteger(120, new SecureRandom())
                                .add(BigInteger.ONE)
                                .toByteArray()),
                element(SEQUENCE, ECDSA_WITH_SHA256),
                name,
                validity,
                name,
                pair.getPublic().getEncoded(),
                element(0xa3, element(SEQUENCE, extension)));
    }

    private static byte[] time(Instant instant) {
        return element(GENERALIZED_TIME, TIME.format(instant).getBytes(StandardCharsets.US_ASCII));
    }

    /** An element of DER: its tag, its length and what it holds. */
    private static byte[] element(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.size();
        if (length < 0x80) {
            out.write(length);
        } else if (length < 0x100) {
            out.write(0x81);
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
