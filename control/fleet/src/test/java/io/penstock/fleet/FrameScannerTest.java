package io.penstock.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.github.luben.zstd.Zstd;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FrameScannerTest {
    @Test
    void findsItsMarksInCompressedMessagesOfAnyLength() throws Exception {
        String json = "{\"x\":[\"198.51.100.1:1\",\"" + FrameScanner.endpoint(7) + "\",\"" + "y".repeat(300_000)
                + "\",\"" + FrameScanner.endpoint(70_000) + "\"]}";
        byte[] frame = Zstd.compress(json.getBytes(StandardCharsets.US_ASCII));
        List<Long> found = new ArrayList<>();
        try (FrameScanner scanner = new FrameScanner()) {
            scanner.scan(frame, frame.length, found::add);
        }
        assertEquals(List.of(FrameScanner.mark(7), FrameScanner.mark(70_000)), found);
    }

    @Test
    void marksDifferForAMillionChanges() {
        Set<Long> marks = new HashSet<>();
        for (int i = 0; i < 1_000_000; i++) {
            marks.add(FrameScanner.mark(i));
        }
        assertEquals(1_000_000, marks.size());
    }
}
