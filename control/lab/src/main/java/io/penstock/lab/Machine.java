package io.penstock.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What a figure has to be read against. */
public record Machine(String cpu, int cores, long memoryBytes, String kernel, String java) {
    private static final String UNKNOWN = "unknown";

    public static Machine read() {
        String memory = field(Path.of("/proc/meminfo"), "MemTotal");
        long kilobytes = memory.endsWith(" kB") ? Long.parseLong(memory.substring(0, memory.length() - 3)) : 0;
        return new Machine(
                field(Path.of("/proc/cpuinfo"), "model name"),
                Runtime.getRuntime().availableProcessors(),
                kilobytes * 1024,
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                Runtime.version().toString());
    }

    /** Writes the facts as an object. */
    public void writeTo(JsonWriter json) {
        json.beginObject();
        json.name("cpu").value(cpu);
        json.name("cores").value(cores);
        json.name("memoryBytes").value(memoryBytes);
        json.name("kernel").value(kernel);
        json.name("java").value(java);
        json.endObject();
    }

    /** One line for people. */
    public String text() {
        return String.format(
                Locale.ROOT, "%d x %s, %.0f GiB, %s, Java %s", cores, cpu, memoryBytes / 0x1p30, kernel, java);
    }

    private static String field(Path file, String name) {
        try {
            List<String> lines = Files.readAllLines(file);
            return lines.stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(UNKNOWN);
        } catch (IOException e) {
            return UNKNOWN;
        }
    }
}
