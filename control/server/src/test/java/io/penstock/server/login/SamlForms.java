package io.penstock.server.login;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/** What a browser is sent to a provider of SAML with. Stateless. */
public final class SamlForms {
    private static final Pattern ID = Pattern.compile(" ID=\"(_[0-9a-f]{64})\"");

    private SamlForms() {}

    public static String relayState(String there) {
        return parameter(there, "RelayState");
    }

    static String parameter(String there, String name) {
        return FakeProvider.parameters(URI.create(there).getRawQuery()).getOrDefault(name, "");
    }

    /** The request, as XML. */
    static String request(String there) {
        byte[] packed = Base64.getDecoder().decode(parameter(there, "SAMLRequest"));
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(packed), new Inflater(true))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public static String requestId(String there) {
        Matcher id = ID.matcher(request(there));
        if (!id.find()) {
            throw new AssertionError(request(there));
        }
        return id.group(1);
    }
}
