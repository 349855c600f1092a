package io.penstock.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.penstock.protocol.key.MachineKey;
import io.penstock.server.http.ts2021.NoiseIdentity;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.store.StateFolder;
import io.penstock.server.store.Store;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What went wrong in other coordinators and has no better place to be held here. The list of all is in docs/security.md. */
class AdvisoriesTest {
    private static final Pattern KEY_MATERIAL =
            Pattern.compile("PRIVATE KEY-----\\s*[A-Za-z0-9+/]{16}|privkey:[0-9a-f]{16}|pnk-[a-z]+-[0-9a-f]{8}");

    @TempDir
    private Path folder;

    private final TestClock clock = new TestClock();

    private static Path built() throws URISyntaxException {
        return Path.of(Coordinator.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    /** CVE-2022-23650, CVE-2022-0664, CVE-2023-32077: keys that everybody has. */
    @Test
    void nothingThatIsShippedIsAKey() throws Exception {
        try (Stream<Path> files = Files.walk(built())) {
            List<Path> shipped = files.filter(Files::isRegularFile).toList();
            assertTrue(shipped.size() > 200, "found what is shipped");
            for (Path file : shipped) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertFalse(KEY_MATERIAL.matcher(text).find(), () -> "key material in " + file);
            }
        }
        assertTrue(
                KEY_MATERIAL
                        .matcher("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIE")
                        .find(),
                "would be found");
    }

    /** The same: two coordinators have nothing in common. */
    @Test
    void eachCoordinatorMakesItsOwnKeys() {
        try (Store one = Store.open(StateFolder.open(folder.resolve("one")), clock, new SystemEntropy());
                Store other = Store.open(StateFolder.open(folder.resolve("other")), clock, new SystemEntropy())) {
            assertNotEquals(publicKey(one), publicKey(other));
        }
    }

    private static MachineKey publicKey(Store store) {
        try (NoiseIdentity identity =
                new NoiseIdentity(store.read(tx -> tx.secrets().noiseKey()))) {
            return identity.publicKey();
        }
    }

    /** CVE-2026-29196: an API that handed out the private keys of nodes. There is nowhere to keep one. */
    @Test
    void noTableAndNoAnswerHasAPlaceForANodesPrivateKey() throws Exception {
        try (Stream<Path> files = Files.walk(built().resolve("io/penstock/server/store/migrations"))) {
            List<Path> migrations =
                    files.filter(file -> file.toString().endsWith(".sql")).toList();
            assertFalse(migrations.isEmpty());
            for (Path file : migrations) {
                assertFalse(Pattern.compile("priv(ate)?_?key", Pattern.CASE_INSENSITIVE)
                        .matcher(Files.readString(file))
                        .find());
            }
        }
        String document = Files.readString(Path.of("../../docs/openapi.json"));
        assertTrue(document.contains("\"nodeKey\""), "knows what is said of nodes");
        assertFalse(document.toLowerCase(Locale.ROOT).contains("private"));
    }

    /** headscale before 0.28 kept pre-auth keys in clear. */
    @Test
    void noFileOfTheStateHasASecretThatWasShown() throws IOException {
        Token key = Token.create(TokenKind.PRE_AUTH, new SystemEntropy());
        try (Store store = Samples.store(folder, clock)) {
            store.write(tx -> {
                User user = tx.users()
                        .add(
                                Samples.domain(tx, "red").id(),
                                new Identity("https://idp.example", "a"),
                                "alice",
                                "",
                                Role.MEMBER,
                                false);
                return tx.preAuthKeys()
                        .add(
                                user.domainId(),
                                user.id(),
                                key,
                                true,
                                false,
                                Tags.NONE,
                                tx.now().plus(Duration.ofHours(1)));
            });
            String shown = key.reveal();
            String secret = shown.substring(shown.lastIndexOf('-') + 1);
            assertEquals(64, secret.length());
            assertFalse(anyFileHas(secret), "the secret");
            assertTrue(
                    anyFileHas(shown.substring(0, shown.lastIndexOf('-')).substring(shown.indexOf('-', 4) + 1)),
                    "its prefix");
        }
    }

    private boolean anyFileHas(String text) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** headscale before 0.24: somebody with the same name at another provider was the same user. */
    @Test
    void theSameNameAtAnotherProviderIsSomebodyElse() {
        try (Store store = Samples.store(folder, clock)) {
            store.write(tx -> {
                long domain = Samples.domain(tx, "red").id();
                User one = tx.users()
                        .add(
                                domain,
                                new Identity("https://one.example", "1"),
                                "alice@example.com",
                                "",
                                Role.ADMIN,
                                false);
                User other = tx.users()
                        .add(
                                domain,
                                new Identity("https://two.example", "1"),
                                "alice@example.com",
                                "",
                                Role.MEMBER,
                                false);
                assertNotEquals(one.id(), other.id());
                assertEquals(one, tx.users().find(domain, one.identity()).orElseThrow());
                assertEquals(other, tx.users().find(domain, other.identity()).orElseThrow());
                return null;
            });
        }
    }

    /** TS-2025-003: secrets compared in variable time. What decides by one compares it as a whole. */
    @Test
    void tokensAndMeshKeysAreComparedInConstantTime() {
        var classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.penstock.server", "io.penstock.relay");
        for (String name : List.of("io.penstock.relay.edge.MeshKey", "io.penstock.server.model.Token")) {
            assertTrue(
                    classes.get(name).getMethodCallsFromSelf().stream()
                            .anyMatch(call -> call.getTargetOwner().isEquivalentTo(MessageDigest.class)
                                    && call.getName().equals("isEqual")),
                    name);
        }
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAnyPackage("..server.admin..", "..server.web..", "..relay.edge..")
                .should()
                .callMethod(Arrays.class, "equals", byte[].class, byte[].class)
                .check(classes);
    }
}
