package io.penstock.server.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A self-signed certificate that outlives a restart, so that those who pinned it need not do so again. Stateless. */
public final class SelfSignedFiles {
    private static final String CERTIFICATE_FILE = "self-signed.crt";
    private static final String KEY_FILE = "self-signed.key";
    private static final Duration LIFETIME = Duration.ofDays(730);
    private static final Duration RENEW_BEFORE = Duration.ofDays(30);

    private SelfSignedFiles() {}

    /**
     * The certificate in this folder if it has these names and is good for another month; else a new one, which is left there.
     *
     * @param folder made if it is missing, for its owner alone
     * @throws IllegalArgumentException if the files cannot be read or written
     */
    public static TlsIdentity open(Path folder, List<String> names, List<byte[]> addresses, Instant now) {
        Path certificate = folder.resolve(CERTIFICATE_FILE);
        Path key = folder.resolve(KEY_FILE);
        try {
            if (Files.exists(certificate) && Files.exists(key)) {
                TlsIdentity kept = TlsIdentity.read(certificate, key);
                if (isGood(kept.chain().getFirst(), names, addresses, now)) {
                    return kept;
                }
            }
            TlsIdentity made =
                    TlsIdentity.selfSigned(names, addresses, now.minus(Duration.ofHours(1)), now.plus(LIFETIME));
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            // The key first: a certificate without its key is never taken for a pair.
            Files.deleteIfExists(certificate);
            write(key, "PRIVATE KEY", made.key().getEncoded());
            write(certificate, "CERTIFICATE", made.chain().getFirst().getEncoded());
            return made;
        } catch (IOException | CertificateEncodingException | CertificateParsingException e) {
            throw new IllegalArgumentException("cannot keep a certificate in " + folder + ": " + e, e);
        }
    }

    private static boolean isGood(X509Certificate certificate, List<String> names, List<byte[]> addresses, Instant now)
            throws CertificateParsingException, IOException {
        if (now.plus(RENEW_BEFORE).isAfter(certificate.getNotAfter().toInstant())) {
            return false;
        }
        Set<String> known = new HashSet<>();
        Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
        if (alternatives != null) {
            alternatives.forEach(alternative -> known.add(String.valueOf(alternative.get(1))));
        }
        for (byte[] address : addresses) {
            if (!known.contains(java.net.InetAddress.getByAddress(address).getHostAddress())) {
                return false;
            }
        }
        return known.containsAll(names);
    }

    private static void write(Path file, String kind, byte[] der) throws IOException {
        String text = "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + kind + "-----\n";
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(draft);
        try (var channel = Files.newByteChannel(
                draft,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(java.nio.ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
