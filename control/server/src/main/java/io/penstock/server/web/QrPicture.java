package io.penstock.server.web;

import io.nayuki.qrcodegen.QrCode;
import java.util.List;

/** Text as a QR code, drawn in lines within the page: no picture is fetched. Stateless. */
final class QrPicture {
    /** Modules around it that are left light, by ISO/IEC 18004. */
    private static final int QUIET = 4;

    private QrPicture() {}

    /**
     * The code.
     *
     * @param label what it is, for those who do not see it
     * @throws IllegalArgumentException if no code holds so much
     */
    static Html of(String text, String label) {
        QrCode code = QrCode.encodeText(text, QrCode.Ecc.MEDIUM);
        int size = code.size + 2 * QUIET;
        return Html.of(
                Tag.SVG,
                List.of(
                        Attribute.cssClass("qr"),
                        Attribute.viewBox(-QUIET, -QUIET, size, size),
                        Attribute.role("img"),
                        Attribute.label(label)),
                Html.of(Tag.PATH, List.of(Attribute.lines(runs(code)))));
    }

    /** A rectangle for each run of dark modules in a row. */
    private static String runs(QrCode code) {
        StringBuilder out = new StringBuilder();
        for (int y = 0; y < code.size; y++) {
            for (int x = 0; x < code.size; x++) {
                int start = x;
                while (code.getModule(x, y)) { // false beyond the edge
                    x++;
                }
                if (x > start) {
                    out.append('M')
                            .append(start)
                            .append(' ')
                            .append(y)
                            .append('h')
                            .append(x - start);
                    out.append("v1h").append(start - x).append('z');
                }
            }
        }
        return out.toString();
    }
}
