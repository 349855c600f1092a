package io.penstock.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Locking under limits, in processes without the capabilities that lift them. Needs root, prlimit and setpriv of util-linux. */
@Tag("live")
class LockedMemoryLiveTest {
    @Test
    void raisesTheSoftLimit() throws Exception {
        assertEquals("locked 8192", lockUnder("0:1000000"));
    }

    @Test
    void namesTheCureWhenTheLimitStays() throws Exception {
        assertEquals(
                "mlock of 8192 bytes: keys must not reach the swap; raise the limit (ulimit -l, LimitMEMLOCK=) or grant"
                        + " CAP_IPC_LOCK (EPERM)",
                lockUnder("0:0"));
    }

    /** Runs in the other process. */
    public static void main(String[] args) {
        try (LockedMemory memory = LockedMemory.allocate(8000)) {
            System.out.println("locked " + memory.lengthBytes());
        } catch (ErrnoException e) {
            System.out.println(e.getMessage());
        }
    }

    private static String lockUnder(String limits) throws Exception {
        List<String> command = new ArrayList<>(List.of("prlimit", "--memlock=" + limits));
        command.addAll(List.of("setpriv", "--bounding-set", "-ipc_lock,-sys_resource"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xmx32m", "-XX:+UseSerialGC"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), LockedMemoryLiveTest.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output.strip();
    }
}
