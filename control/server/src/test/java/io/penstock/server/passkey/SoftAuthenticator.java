package io.penstock.server.passkey;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/** A browser with an authenticator of software, written apart from what it is held against. What it says wrong is to be set. */
public final class SoftAuthenticator {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final byte[] id = new byte[16];
    private final KeyPair keys;
    public String origin;
    public String host;
    int counter;
    int flags = 1; // somebody has touched it
    boolean signsWrong;

    public SoftAuthenticator(String origin, String host, int number) {
        this.origin = origin;
        this.host = host;
        id[0] = (byte) number;
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            keys = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Answers to {@code askToMake}. */
    public String make(String options) {
        byte[] client = client("webauthn.create", options);
        ECPublicKey key = (ECPublicKey) keys.getPublic();
        byte[] cose = concat(
                hex("a501020326200121" + "5820"),
                word(key.getW().getAffineX()),
                hex("225820"),
                word(key.getW().getAffineY()));
        byte[] attested = concat(new byte[16], new byte[] {0, (byte) id.length}, id, cose);
        byte[] data = concat(sha256(host), new byte[] {(byte) (flags | 0x40)}, count(), attested);
        byte[] object = concat(
                hex("a3" + "63666d74" + "646e6f6e65" + "67" + "61747453746d74" + "a0" + "68" + "6175746844617461"
                        + "58"),
                new byte[] {(byte) data.length},
                data);
        ObjectNode response =
                JSON.createObjectNode().put("clientDataJSON", text(client)).put("attestationObject", text(object));
        response.putArray("transports").add("usb");
        return credential(response);
    }

    /** Answers to {@code askToProve}. */
    public String prove(String options) {
        byte[] client = client("webauthn.get", options);
        byte[] data = concat(sha256(host), new byte[] {(byte) flags}, count());
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(data);
            signature.update(MessageDigest.getInstance("SHA-256").digest(client));
            if (signsWrong) {
                signature.update((byte) 1);
            }
            return credential(JSON.createObjectNode()
                    .put("clientDataJSON", text(client))
                    .put("authenticatorData", text(data))
                    .put("signature", text(signature.sign())));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private String credential(ObjectNode response) {
        ObjectNode all = JSON.createObjectNode()
                .put("id", text(id))
                .put("rawId", text(id))
                .put("type", "public-key");
        all.set("response", response);
        all.putObject("clientExtensionResults");
        return all.toString();
    }

    private byte[] client(String type, String options) {
        try {
            JsonNode asked = JSON.readTree(options);
            return JSON.createObjectNode()
                    .put("type", type)
                    .put("challenge", asked.path("challenge").asText())
                    .put("origin", origin)
                    .put("crossOrigin", false)
                    .toString()
                    .getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] count() {
        return ByteBuffer.allocate(4).putInt(counter).array();
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] word(BigInteger number) {
        byte[] bytes = number.toByteArray();
        byte[] word = new byte[32];
        int length = Math.min(32, bytes.length);
        System.arraycopy(bytes, bytes.length - length, word, 32 - length, length);
        return word;
    }

    private static byte[] hex(String text) {
        return java.util.HexFormat.of().parseHex(text);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
