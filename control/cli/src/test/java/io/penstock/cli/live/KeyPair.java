package io.penstock.cli.live;

import java.util.List;
import java.util.Map;

/** Two keys in base64, made by {@code wg}. */
public record KeyPair(String privateKey, String publicKey) {
    public static KeyPair make() {
        String privateKey = Shell.need("wg", "genkey").strip();
        String publicKey = Shell.run(Map.of(), List.of("wg", "pubkey"), privateKey + "\n")
                .mustSucceed()
                .strip();
        return new KeyPair(privateKey, publicKey);
    }

    public static String presharedKey() {
        return Shell.need("wg", "genpsk").strip();
    }
}
