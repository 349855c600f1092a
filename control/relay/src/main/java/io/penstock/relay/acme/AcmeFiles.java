package io.penstock.relay.acme;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What outlives a restart: the account's key, and the certificate with its key in one file, so that both change at once. PEM, each
 * file for its owner alone. For one thread.
 */
final class AcmeFiles {
    private static final String ACCOUNT_FILE = "account.pem";
    private static final String CERTIFICATE_FILE = "certificate.pem";
    private static final String PRIVATE_KEY = "PRIVATE KEY";
    private static final String PUBLIC_KEY = "PUBLIC KEY";
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final int MAX_BYTES = 256 << 10;
    private static final int LINE = 64;
    private static final int NAME_DIGITS = 8;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_ONLY_FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

    private final Path folder;

    private AcmeFiles(Path folder) {
        this.folder = folder;
    }

    /** A certificate and its key. Shows no key. */
    record Kept(PrivateKey key, List<X509Certificate> chain) {
        Kept {
            chain = List.copyOf(chain);
        }

        X509Certificate certificate() {
            return chain.getFirst();
        }

        @Override
        public String toString() {
            return "Kept[" + chain.size() + " certificates]";
        }
    }

    /**
     * Those for this authority, of which another's are kept apart: a test's account is nothing to the real one.
     *
     * @throws IOException if there can be no such folder
     */
    static AcmeFiles open(Path folder, URI directory) throws IOException {
        Path own = folder.resolve(directory.getHost() + "-" + digits(directory));
        Files.createDirectories(own, PosixFilePermissions.asFileAttribute(OWNER_ONLY_FOLDER));
        return new AcmeFiles(own);
    }

    private static String digits(URI directory) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(directory.toString().getBytes(US_ASCII));
            return HexFormat.of().formatHex(hash).substring(0, NAME_DIGITS);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // every Java has SHA-256
        }
    }

    /** A new key on P-256. */
    static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e); // every Java has P-256
        }
    }

    /**
     * The key by which the authority knows us; a new one that is kept, if there was none.
     *
     * @throws IOException if it cannot be read or kept; the message has the remedy
     */
    KeyPair account() throws IOException {
        Path file = folder.resolve(ACCOUNT_FILE);
        Optional<List<Block>> kept = read(file);
        if (kept.isEmpty()) {
            KeyPair made = newKey();
            write(
                    file,
                    new Block(PRIVATE_KEY, made.getPrivate().getEncoded()),
                    new Block(PUBLIC_KEY, made.getPublic().getEncoded()));
            return made;
        }
        try {
            KeyFactory factory = KeyFactory.getInstance("EC");
            PublicKey open = factory.generatePublic(new X509EncodedKeySpec(only(file, kept.get(), PUBLIC_KEY)));
            return new KeyPair(open, privateKey(file, kept.get()));
        } catch (GeneralSecurityException e) {
            throw useless(file, e);
        }
    }

    /**
     * The certificate that was kept last, in time or not; empty if there is none.
     *
     * @throws IOException if it cannot be read; the message has the remedy
     */
    Optional<Kept> certificate() throws IOException {
        Path file = folder.resolve(CERTIFICATE_FILE);
        Optional<List<Block>> kept = read(file);
        if (kept.isEmpty()) {
            return Optional.empty();
        }
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            List<X509Certificate> chain = new ArrayList<>();
            for (Block block : kept.get()) {
                if (block.kind.equals(CERTIFICATE)) {
                    chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.bytes)));
                }
            }
            if (chain.isEmpty()) {
                throw useless(file, new GeneralSecurityException("no certificate in it"));
            }
            return Optional.of(new Kept(privateKey(file, kept.get()), chain));
        } catch (GeneralSecurityException e) {
            throw useless(file, e);
        }
    }

    /** Keeps a certificate in place of the one before. */
    void keep(Kept kept) throws IOException {
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Block(PRIVATE_KEY, kept.key().getEncoded()));
        try {
            for (X509Certificate each : kept.chain()) {
                blocks.add(new Block(CERTIFICATE, each.getEncoded()));
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
        write(folder.resolve(CERTIFICATE_FILE), blocks.toArray(new Block[0]));
    }

    private static final class Block {
        private final String kind;
        private final byte[] bytes;

        Block(String kind, byte[] bytes) {
            this.kind = kind;
            this.bytes = bytes;
        }
    }

    private static IOException useless(Path file, Exception cause) {
        return new IOException(
                file + " cannot be used (" + cause.getMessage() + "). Without the file a new one is made", cause);
    }

    private static PrivateKey privateKey(Path file, List<Block> blocks) throws IOException, GeneralSecurityException {
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(only(file, blocks, PRIVATE_KEY)));
    }

    private static byte[] only(Path file, List<Block> blocks, String kind) throws IOException {
        for (Block block : blocks) {
            if (block.kind.equals(kind)) {
                return block.bytes;
            }
        }
        throw useless(file, new GeneralSecurityException("no " + kind + " in it"));
    }

    private static Optional<List<Block>> read(Path file) throws IOException {
        Set<PosixFilePermission> permissions;
        try {
            permissions = Files.getPosixFilePermissions(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (!OWNER_ONLY.containsAll(permissions)) {
            throw new IOException(file + " is open to other users (" + PosixFilePermissions.toString(permissions)
                    + "), and it holds a secret. Close it with: chmod 600 " + file);
        }
        if (Files.size(file) > MAX_BYTES) {
            throw useless(file, new GeneralSecurityException("more than " + MAX_BYTES + " bytes"));
        }
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(Files.readString(file, US_ASCII));
        while (matcher.find()) {
            try {
                blocks.add(new Block(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2))));
            } catch (IllegalArgumentException e) {
                throw useless(file, e);
            }
        }
        return Optional.of(blocks);
    }

    private static void write(Path file, Block... blocks) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Block block : blocks) {
            text.append("-----BEGIN ").append(block.kind).append("-----\n");
            text.append(Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(block.bytes));
            text.append("\n-----END ").append(block.kind).append("-----\n");
        }
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(draft);
        try (FileChannel channel =
                FileChannel.open(draft, Set.of(CREATE_NEW, WRITE), PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            ByteBuffer bytes = US_ASCII.encode(text.toString());
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
