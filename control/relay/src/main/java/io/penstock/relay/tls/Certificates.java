package io.penstock.relay.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.protocol.derp.DerpHttp;
import io.penstock.protocol.derp.Greeting;
import io.penstock.wireguard.PublicKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;

/**
 * Makes certificates that sign themselves (X.509 v3, RFC 5280), for those who pin one, and the kind that tells a relay's key: the JDK can read
 * certificates and not make them. Stateless.
 */
public final class Certificates {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] ECDSA_WITH_SHA256 = HEX.parseHex("06082a8648ce3d040302");
    private static final byte[] RSA_WITH_SHA256 = HEX.parseHex("06092a864886f70d01010b0500"); // with parameters: none
    private static final byte[] ED25519 = HEX.parseHex("06032b6570");
    private static final byte[] COMMON_NAME = HEX.parseHex("0603550403");
    private static final byte[] SUBJECT_ALT_NAME = HEX.parseHex("0603551d11");
    private static final byte[] BASIC_CONSTRAINTS = HEX.parseHex("0603551d13");
    private static final byte[] CRITICAL = HEX.parseHex("0101ff");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    /** Either side of the moment in which the certificate with the relay's key is made. */
    private static final Duration META_VALIDITY = Duration.ofDays(30);

    private static final int SERIAL_BITS = 120;
    private static final int RSA_BITS = 3072;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int UTF8_STRING = 0x0c;
    private static final int GENERALIZED_TIME = 0x18;
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int VERSION = 0xa0;
    private static final int EXTENSIONS = 0xa3;
    private static final int DNS_NAME = 0x82;
    private static final int IP_ADDRESS = 0x87;

    private Certificates() {}

    /** A certificate that its clients pin, and its key, which is not shown. */
    public record SelfSigned(PrivateKey key, X509Certificate certificate) {
        /** The name in a DERP map by which clients pin it: the hash of its bytes. */
        public String pinnedName() {
            return "sha256-raw:" + fingerprint(certificate);
        }

        @Override
        public String toString() {
            return "SelfSigned[" + pinnedName() + "]";
        }
    }

    /** SHA-256 of a certificate's bytes, in hexadecimal. */
    public static String fingerprint(X509Certificate certificate) {
        try {
            return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // every Java has SHA-256
        }
    }

    /**
     * A new P-256 key and its certificate.
     *
     * @param names DNS names
     * @param addresses of 4 or 16 bytes
     */
    public static SelfSigned selfSigned(List<String> names, List<byte[]> addresses, Instant from, Instant to) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            ByteArrayOutputStream alternatives = new ByteArrayOutputStream();
            names.forEach(dns -> alternatives.writeBytes(element(DNS_NAME, dns.getBytes(US_ASCII))));
            addresses.forEach(address -> alternatives.writeBytes(element(IP_ADDRESS, address)));
            byte[] extension = element(
                    SEQUENCE, SUBJECT_ALT_NAME, element(OCTET_STRING, element(SEQUENCE, alternatives.toByteArray())));
            BigInteger serial = new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE);
            byte[] body = body(ECDSA_WITH_SHA256, serial, "penstock", pair, from, to, extension);
            return new SelfSigned(pair.getPrivate(), sign(body, "SHA256withECDSA", ECDSA_WITH_SHA256, pair));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // every Java has P-256
        }
    }

    /** A new RSA key and its certificate, for those who know signatures by nothing else; takes up to a second. */
    public static SelfSigned selfSignedRsa(String commonName, Instant from, Instant to) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS);
            KeyPair pair = generator.generateKeyPair();
            byte[] extension = element(SEQUENCE, BASIC_CONSTRAINTS, CRITICAL, element(OCTET_STRING, element(SEQUENCE)));
            BigInteger serial = new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE);
            byte[] body = body(RSA_WITH_SHA256, serial, commonName, pair, from, to, extension);
            return new SelfSigned(pair.getPrivate(), sign(body, "SHA256withRSA", RSA_WITH_SHA256, pair));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // every Java has RSA
        }
    }

    /** The certificate whose name is the relay's key and whose serial number is the version of DERP; its own key is forgotten. */
    static X509Certificate meta(PublicKey relay, Instant now) {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            byte[] extension = element(SEQUENCE, BASIC_CONSTRAINTS, CRITICAL, element(OCTET_STRING, element(SEQUENCE)));
            byte[] body = body(
                    ED25519,
                    BigInteger.valueOf(Greeting.VERSION),
                    DerpHttp.metaCertificateName(relay),
                    pair,
                    now.minus(META_VALIDITY),
                    now.plus(META_VALIDITY),
                    extension);
            return sign(body, "Ed25519", ED25519, pair);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // every Java has Ed25519
        }
    }

    private static X509Certificate sign(byte[] body, String algorithm, byte[] algorithmId, KeyPair pair)
            throws GeneralSecurityException {
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(pair.getPrivate());
        signature.update(body);
        byte[] certificate = element(
                SEQUENCE, body, element(SEQUENCE, algorithmId), element(BIT_STRING, new byte[1], signature.sign()));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(certificate));
    }

    private static byte[] body(
            byte[] algorithmId,
            BigInteger serial,
            String commonName,
            KeyPair pair,
            Instant from,
            Instant to,
            byte[] extension) {
        byte[] name = element(
                SEQUENCE,
                element(SET, element(SEQUENCE, COMMON_NAME, element(UTF8_STRING, commonName.getBytes(UTF_8)))));
        return element(
                SEQUENCE,
                element(VERSION, element(INTEGER, new byte[] {2})), // which is version 3
                element(INTEGER, serial.toByteArray()),
                element(SEQUENCE, algorithmId),
                name,
                element(SEQUENCE, time(from), time(to)),
                name,
                pair.getPublic().getEncoded(),
                element(EXTENSIONS, element(SEQUENCE, extension)));
    }

    private static byte[] time(Instant instant) {
        return element(GENERALIZED_TIME, TIME.format(instant).getBytes(US_ASCII));
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
