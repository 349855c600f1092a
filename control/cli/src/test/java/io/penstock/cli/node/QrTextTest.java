package io.penstock.cli.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QrTextTest {
    private static final String URL = "https://vpn.example.org/login/0123456789abcdefghijklmnopqrstuvwxyz";
    private static final int SCALE = 4;

    @Test
    void anotherProgramReadsWhatIsOnTheScreen() throws Exception {
        List<String> lines = QrText.of(URL, false).lines().toList();

        assertEquals(
                URL,
                new QRCodeReader()
                        .decode(bitmap(lines), Map.of(DecodeHintType.TRY_HARDER, true))
                        .getText());
        assertTrue(lines.size() <= 24, "it fits into a small window: " + lines.size());
    }

    @Test
    void saysWhichIsLightWhereThereAreColours() {
        assertTrue(QrText.of(URL, true)
                .lines()
                .allMatch(line -> line.startsWith("\u001b[40;97m") && line.endsWith("\u001b[0m")));
    }

    @Test
    void aTextThatNoCodeHoldsIsNotDrawn() {
        assertEquals("", QrText.of("x".repeat(5000), false));
    }

    private static BinaryBitmap bitmap(List<String> lines) {
        int margin = 4; // of the standard, which the window's edge is not
        int width = lines.getFirst().length() + 2 * margin;
        int height = 2 * lines.size() + 2 * margin;
        int[] pixels = new int[width * SCALE * height * SCALE];
        for (int y = 0; y < height * SCALE; y++) {
            for (int x = 0; x < width * SCALE; x++) {
                boolean light = isLight(lines, x / SCALE - margin, y / SCALE - margin);
                pixels[y * width * SCALE + x] = light ? 0xffffff : 0;
            }
        }
        return new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(width * SCALE, height * SCALE, pixels)));
    }

    private static boolean isLight(List<String> lines, int x, int y) {
        if (y < 0 || y >= 2 * lines.size() || x < 0 || x >= lines.getFirst().length()) {
            return true;
        }
        char c = lines.get(y / 2).charAt(x);
        return c == '█' || c == (y % 2 == 0 ? '▀' : '▄');
    }
}
