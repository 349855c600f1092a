package io.penstock.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * Which build this is, as the manifest of our own jar tells; "unknown" where a build did not say.
 *
 * @param commit abbreviated, of the checkout that was built
 */
public record Build(String version, String commit) {
    private static final String UNKNOWN = "unknown";

    /** Reads the manifest. */
    public static Build read() {
        String self = Build.class.getSimpleName() + ".class";
        URL location = Build.class.getResource(self);
        if (location == null || !location.getProtocol().equals("jar")) {
            return new Build(UNKNOWN, UNKNOWN); // run from a folder of classes
        }
        String jar = location.toString().substring(0, location.toString().indexOf("!/") + 2);
        try (InputStream in = URI.create(jar + "META-INF/MANIFEST.MF").toURL().openStream()) {
            Attributes attributes = new Manifest(in).getMainAttributes();
            return new Build(
                    orUnknown(attributes.getValue(Attributes.Name.IMPLEMENTATION_VERSION)),
                    orUnknown(attributes.getValue("Penstock-Commit")));
        } catch (IOException e) {
            return new Build(UNKNOWN, UNKNOWN);
        }
    }

    private static String orUnknown(String value) {
        return value == null || value.isBlank() ? UNKNOWN : value;
    }
}
