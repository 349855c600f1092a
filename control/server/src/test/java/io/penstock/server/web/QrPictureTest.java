package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.zxing.qrcode.decoder.Decoder;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is drawn is read by another library than the one that makes the codes. */
class QrPictureTest {
    private static final Pattern BOX = Pattern.compile("viewBox=\"-4 -4 (\\d+) \\1\"");
    private static final Pattern LINES = Pattern.compile(" d=\"([^\"]*)\"");
    private static final Pattern RUN = Pattern.compile("M(\\d+) (\\d+)h(\\d+)v1h-(\\d+)z");

    /** The text of the only code in a page. */
    static String read(String page) throws Exception {
        Matcher box = BOX.matcher(page);
        Matcher lines = LINES.matcher(page);
        assertTrue(box.find() && lines.find(), page);
        int size = Integer.parseInt(box.group(1)) - 8;
        boolean[][] dark = new boolean[size][size];
        Matcher run = RUN.matcher(lines.group(1));
        int end = 0;
        while (run.find()) {
            assertEquals(end, run.start(), "nothing but runs");
            assertEquals(run.group(3), run.group(4));
            for (int i = 0; i < Integer.parseInt(run.group(3)); i++) {
                dark[Integer.parseInt(run.group(2))][Integer.parseInt(run.group(1)) + i] = true;
            }
            end = run.end();
        }
        assertEquals(lines.group(1).length(), end);
        return new Decoder().decode(dark).getText();
    }

    @Test
    void isReadByOthers() throws Exception {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            StringBuilder text = new StringBuilder("otpauth://totp/");
            for (int i = random.nextInt(400); i > 0; i--) {
                text.append((char) (' ' + random.nextInt(95)));
            }
            String page = Html.document(QrPicture.of(text.toString(), "a code"));
            assertEquals(text.toString(), read(page), () -> "seed " + seed);
        }
    }

    @Test
    void holdsNoMoreThanACodeCan() {
        assertThrows(IllegalArgumentException.class, () -> QrPicture.of("x".repeat(3000), "too much"));
    }
}
