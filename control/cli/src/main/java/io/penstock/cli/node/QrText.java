package io.penstock.cli.node;

import io.nayuki.qrcodegen.DataTooLongException;
import io.nayuki.qrcodegen.QrCode;

/** A QR code for a terminal: two rows of modules in each line, by half blocks. Stateless. */
final class QrText {
    /** Modules around it that are left light. The standard wants four; two are enough for cameras, and fit into a small window. */
    private static final int QUIET = 2;

    private static final String WHITE_ON_BLACK = "\u001b[40;97m";
    private static final String PLAIN = "\u001b[0m";

    private QrText() {}

    /**
     * Its lines, or nothing for a text that no code holds.
     *
     * @param coloured whether to say which is light; else light is where the terminal writes
     */
    static String of(String text, boolean coloured) {
        QrCode code;
        try {
            code = QrCode.encodeText(text, QrCode.Ecc.LOW);
        } catch (DataTooLongException e) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        for (int y = -QUIET; y < code.size + QUIET; y += 2) {
            out.append(coloured ? WHITE_ON_BLACK : "");
            for (int x = -QUIET; x < code.size + QUIET; x++) {
                boolean upper = !code.getModule(x, y); // false beyond the edge
                boolean lower = !code.getModule(x, y + 1);
                out.append(upper ? (lower ? '█' : '▀') : (lower ? '▄' : ' '));
            }
            out.append(coloured ? PLAIN : "").append('\n');
        }
        return out.toString();
    }
}
