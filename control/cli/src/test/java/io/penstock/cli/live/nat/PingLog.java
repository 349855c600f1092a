package io.penstock.cli.live.nat;

import io.penstock.cli.live.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pings that go on, and when each was answered. */
final class PingLog implements AutoCloseable {
    private static final Pattern ANSWER = Pattern.compile("\\[(\\d+)\\.(\\d{6})] .*icmp_seq=\\d+ .*");
    private static final int INTERVAL_MS = 20;
    private static final long SILENCE_MS = 40;

    private final Path file;
    private final Process process;

    /** Fifty pings a second from a machine to an address. */
    PingLog(Site from, String address, Path file) throws IOException {
        this.file = file;
        List<String> command = List.of("ping", "-n", "-D", "-i", "0.0" + INTERVAL_MS, address);
        process = new ProcessBuilder(from.inside(command))
                .redirectErrorStream(true)
                .redirectOutput(file.toFile())
                .start();
    }

    /** Whether a ping was answered within the last half second. */
    boolean flows() {
        List<Long> answers = answers();
        return !answers.isEmpty() && nowUs() - answers.getLast() < TimeUnit.MILLISECONDS.toMicros(500);
    }

    /** Whether there was a silence since then, which is over. */
    boolean hasGap(long sinceUs) {
        return gapMs(sinceUs) > SILENCE_MS && flows();
    }

    /** The longest time without an answer since then, in milliseconds, beyond the time between two pings. */
    long gapMs(long sinceUs) {
        long before = sinceUs;
        long longest = 0;
        List<Long> answers = new ArrayList<>(answers());
        answers.add(nowUs());
        for (long answer : answers) {
            if (answer >= sinceUs) {
                longest = Math.max(longest, answer - before);
                before = answer;
            }
        }
        return Math.max(0, TimeUnit.MICROSECONDS.toMillis(longest) - INTERVAL_MS);
    }

    /** The clock that ping writes. */
    static long nowUs() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1000;
    }

    private List<Long> answers() {
        try {
            List<Long> times = new ArrayList<>();
            for (String line : Files.readAllLines(file)) {
                Matcher answer = ANSWER.matcher(line);
                if (answer.matches()) {
                    times.add(TimeUnit.SECONDS.toMicros(Long.parseLong(answer.group(1)))
                            + Long.parseLong(answer.group(2)));
                }
            }
            return times;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
