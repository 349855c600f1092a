package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the program as it is shipped, and what is not. */
@Tag("live") // there is no distribution before it is packaged
class DistributionTest {
    private static final Path DIST = Path.of("target", "dist");

    /** Class files hold their strings and the names that they use as they are. */
    private static final List<String> KEY_LOG =
            List.of("LOCAL_STATIC_PRIVATE_KEY", "EPHEMERAL_PRIVATE", "PRESHARED_KEY", "KeyLog", "keylog");

    private static final String OWN = "io/penstock/";

    /** Wireshark opens a capture with a log of keys: nothing that we ship can write one. */
    @Test
    void holdsNothingThatLogsKeys() throws IOException {
        assertEquals(List.of(), ownClassesWith(KEY_LOG));
    }

    /** Whoever supplies randomness knows every key that is made of it. */
    @Test
    void gatewayAndCoordinatorHaveOneSourceOfRandomnessEach() throws IOException {
        List<String> sources = new ArrayList<>();
        for (Path jar : jars()) {
            try (JarFile file = new JarFile(jar.toFile())) {
                new ClassFileImporter(List.of(location -> location.contains(OWN)))
                        .importJar(file).stream()
                                .filter(type -> type.isAssignableTo(Entropy.class) && !type.isInterface())
                                .map(JavaClass::getName)
                                .forEach(sources::add);
            }
        }

        assertEquals(
                List.of("io.penstock.engine.SystemEntropy", "io.penstock.server.SystemEntropy"),
                sources.stream().sorted().toList());
    }

    /** What listens for the world and keeps a database is on no gateway's class path. */
    @Test
    void gatewayCarriesNothingOfTheCoordinator() {
        List<String> gateway = jars().stream()
                .filter(jar -> !jar.startsWith(DIST.resolve("server-lib")))
                .map(jar -> String.valueOf(jar.getFileName()).replaceFirst("-[0-9].*", ""))
                .sorted()
                .toList();

        assertEquals(
                List.of(
                        "agrona",
                        "asm",
                        "asm-analysis",
                        "asm-commons",
                        "asm-tree",
                        "asm-util",
                        "bcprov-jdk18on",
                        "engine",
                        "ffm-bindings",
                        "jackson-annotations",
                        "jackson-core",
                        "jackson-databind",
                        "jffi",
                        "jffi-native-linux.jar",
                        "jnr-a64asm",
                        "jnr-constants",
                        "jnr-enxio",
                        "jnr-ffi",
                        "jnr-posix",
                        "jnr-unixsocket",
                        "jnr-x86asm",
                        "jspecify",
                        "lab",
                        "netty-buffer",
                        "netty-codec-base",
                        "netty-codec-compression",
                        "netty-codec-http",
                        "netty-codec-http2",
                        "netty-common",
                        "netty-handler",
                        "netty-handler-proxy",
                        "netty-resolver",
                        "netty-transport",
                        "netty-transport-native-unix-common",
                        "node",
                        "penstock.jar",
                        "picocli",
                        "protocol",
                        "qrcodegen",
                        "transport",
                        "wireguard",
                        "zstd-jni-linux.jar"),
                gateway);
    }

    /** Natives are most of a coordinator; those of other systems would be three times as much again. */
    @Test
    void carriesNativesOfTwoProcessorsAndNoOtherSystem() throws IOException {
        List<String> natives = new ArrayList<>();
        for (Path jar : jars()) {
            try (ZipFile zip = new ZipFile(jar.toFile())) {
                zip.stream()
                        .map(ZipEntry::getName)
                        .filter(name -> name.matches(".*\\.(so|dll|dylib|jnilib)"))
                        .map(name -> name.replaceFirst("/[^/]*$", ""))
                        .forEach(natives::add);
            }
        }

        assertEquals(
                List.of(
                        "META-INF/native",
                        "META-INF/native",
                        "jni/aarch64-Linux",
                        "jni/x86_64-Linux",
                        "linux/aarch64",
                        "linux/amd64",
                        "org/sqlite/native/Linux-Musl/aarch64",
                        "org/sqlite/native/Linux-Musl/x86_64",
                        "org/sqlite/native/Linux/aarch64",
                        "org/sqlite/native/Linux/x86_64"),
                natives.stream().sorted().toList());
    }

    @Test
    void gatewayAloneExplainsEveryCommand(@TempDir Path folder) {
        Shell.need("cp", "-r", DIST + "/penstock.jar", DIST + "/lib", folder.toString());
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String jar = folder.resolve("penstock.jar").toString();

        String completion = Shell.need(java, "-jar", jar, "generate-completion");
        String help = Shell.need(java, "-jar", jar, "server", "keys", "create", "--help");

        assertTrue(completion.contains("--self-signed"), completion);
        assertTrue(help.contains("--reusable"), help);
    }

    @Test
    void holdsNoTests() throws IOException {
        assertEquals(List.of(), ownClassesWith(List.of("org/junit/")));
        assertTrue(jars().stream().noneMatch(jar -> jar.toString().contains("junit")), () -> jars().toString());
    }

    private static List<String> ownClassesWith(List<String> texts) throws IOException {
        List<String> found = new ArrayList<>();
        int own = 0;
        for (Path jar : jars()) {
            try (ZipFile zip = new ZipFile(jar.toFile())) {
                for (ZipEntry entry : Collections.list(zip.entries())) {
                    if (entry.getName().startsWith(OWN) && entry.getName().endsWith(".class")) {
                        own++;
                        byte[] bytes = zip.getInputStream(entry).readAllBytes();
                        String content = entry.getName() + new String(bytes, StandardCharsets.ISO_8859_1);
                        texts.stream()
                                .filter(content::contains)
                                .forEach(text -> found.add(entry.getName() + " has " + text));
                    }
                }
            }
        }
        int read = own;
        assertTrue(read > 100, () -> "only " + read + " classes of ours are in " + jars());
        return found;
    }

    private static List<Path> jars() {
        try (Stream<Path> files = Files.walk(DIST)) {
            return files.filter(file -> file.toString().endsWith(".jar")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
