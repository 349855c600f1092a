package io.penstock.engine.aead;

import java.util.ArrayList;
import java.util.List;

/** Writes the bodies of the Poly1305 kernels for {@link VectorKernelsWriter}: a packet in each lane. */
final class PolyWriter {
    /**
     * AVX2 has no product of longs. It has one of ints to longs, which C2 takes when it sees that the factors fit: by a mask that is
     * made in the method.
     */
    private static final String FITTED = ".and(low32)";

    private final StringBuilder out;
    private final boolean isWide;
    private final String mask;
    private int sums;

    PolyWriter(StringBuilder out, boolean isWide) {
        this.out = out;
        this.isWide = isWide;
        mask = isWide ? "M26" : "low26";
    }

    private void line(int indent, String text) {
        out.append("    ".repeat(indent)).append(text).append('\n');
    }

    /** h = (h + m1) r^2 + m2 r for pairs of blocks. In limbs of 26 bits no sum comes near 2^64. */
    void pairs() {
        masks();
        loadLimbs("h", "H");
        loadLimbs("s", "R2");
        loadLimbs("r", "R1");
        line(2, "for (int i = 0, at = message; i < pairs; i++, at += 32) {");
        line(3, "LongVector low = LongVector.fromArray(LONGS, m, at);");
        line(3, "LongVector high = LongVector.fromArray(LONGS, m, at + 8);");
        limbs("a", "BIT_128", true);
        line(3, "low = LongVector.fromArray(LONGS, m, at + 16);");
        line(3, "high = LongVector.fromArray(LONGS, m, at + 24);");
        limbs("b", "BIT_128", false);
        products("b", "r", "a", "s");
        carry("h");
        line(2, "}");
        storeLimbs();
    }

    /** h = (h + m1) r, block by block; a lane whose mask is 0 keeps its h. */
    void masked() {
        masks();
        loadLimbs("h", "H");
        loadLimbs("r", "R1");
        line(2, "LongVector bit = LongVector.broadcast(LONGS, bit128);");
        line(2, "for (int i = 0; i < blocks; i++) {");
        line(3, "LongVector low = LongVector.fromArray(LONGS, m, message + 16 * i);");
        line(3, "LongVector high = LongVector.fromArray(LONGS, m, message + 16 * i + 8);");
        line(3, "LongVector mask = LongVector.fromArray(LONGS, m, masks + 8 * i);");
        limbs("a", "bit", true);
        products("a", "r");
        carry("e");
        for (int limb = 0; limb < 5; limb++) {
            line(3, "h%d = h%d.add(e%d.sub(h%d).and(mask));".formatted(limb, limb, limb, limb));
        }
        line(2, "}");
        storeLimbs();
    }

    private void masks() {
        if (!isWide) {
            line(2, "LongVector low26 = LongVector.broadcast(LONGS, (1L << 26) - 1);");
            line(2, "LongVector low32 = LongVector.broadcast(LONGS, (1L << 32) - 1);");
        }
    }

    private void loadLimbs(String name, String row) {
        for (int limb = 0; limb < 5; limb++) {
            String variable = "LongVector %s%d =".formatted(name, limb);
            String load = "LongVector.fromArray(LONGS, m, line + GroupScratch.%s + %d)".formatted(row, 8 * limb);
            if (isWide || row.equals("H")) {
                line(2, variable + " " + load + ";");
            } else {
                line(2, variable);
                line(4, load + FITTED + ";");
            }
        }
    }

    private void storeLimbs() {
        for (int limb = 0; limb < 5; limb++) {
            line(2, "h%d.intoArray(m, line + GroupScratch.H + %d);".formatted(limb, 8 * limb));
        }
    }

    /** Cuts the 16 bytes in low and high into limbs, added to h or not. */
    private void limbs(String name, String bit128, boolean isAdded) {
        line(3, "LongVector %sm = low.lanewise(LSHR, 52).or(high.lanewise(LSHL, 12));".formatted(name));
        String[] limbs = {
            "low.and(" + mask + ")",
            "low.lanewise(LSHR, 26).and(" + mask + ")",
            name + "m.and(" + mask + ")",
            "high.lanewise(LSHR, 14).and(" + mask + ")",
            "high.lanewise(LSHR, 40).or(" + bit128 + ")" + (isWide || isAdded ? "" : FITTED),
        };
        for (int limb = 0; limb < 5; limb++) {
            String value = isAdded ? "h%d.add(%s)".formatted(limb, limbs[limb]) + (isWide ? "" : FITTED) : limbs[limb];
            line(3, "LongVector %s%d = %s;".formatted(name, limb, value));
        }
    }

    /**
     * The sum of products of factor pairs modulo 2^130 - 5 in e0 to e4, not carried. What lies above is multiplied by 5 with a
     * shift and an add: keeping 5 r would take 8 registers more.
     */
    private void products(String... factors) {
        for (int limb : new int[] {3, 0, 4, 1, 2}) {
            List<String> low = new ArrayList<>();
            List<String> high = new ArrayList<>();
            for (int f = 0; f < factors.length; f += 2) {
                for (int i = 0; i < 5; i++) {
                    int j = limb - i;
                    (j >= 0 ? low : high)
                            .add("%s%d.mul(%s%d)".formatted(factors[f], i, factors[f + 1], j >= 0 ? j : j + 5));
                }
            }
            if (high.isEmpty()) {
                line(3, "LongVector e%d = %s;".formatted(limb, sum(low)));
            } else {
                String above = sum(high);
                line(3, "LongVector u%d = %s;".formatted(limb, above));
                line(
                        3,
                        "LongVector e%d = %s.add(u%d).add(u%d.lanewise(LSHL, 2));"
                                .formatted(limb, sum(low), limb, limb));
            }
        }
    }

    /** An expression for the sum of the terms as a tree, after lines for its branches. */
    private String sum(List<String> terms) {
        List<String> left = terms;
        while (left.size() > 2) {
            List<String> next = new ArrayList<>();
            for (int i = 0; i + 1 < left.size(); i += 2) {
                String name = "p" + sums++;
                line(3, "LongVector %s = %s.add(%s);".formatted(name, left.get(i), left.get(i + 1)));
                next.add(name);
            }
            if (left.size() % 2 == 1) {
                next.add(left.get(left.size() - 1));
            }
            left = next;
        }
        return left.size() == 1 ? left.get(0) : left.get(0) + ".add(" + left.get(1) + ")";
    }

    /** Carries e0 to e4, in two chains at once, into the variables of that name. */
    private void carry(String to) {
        String[] lines = {
            "LongVector c = e0.lanewise(LSHR, 26);",
            "LongVector f = e3.lanewise(LSHR, 26);",
            "e0 = e0.and(M26);",
            "e1 = e1.add(c);",
            "e3 = e3.and(M26);",
            "e4 = e4.add(f);",
            "c = e1.lanewise(LSHR, 26);",
            "f = e4.lanewise(LSHR, 26);",
            "%s1 = e1.and(M26);",
            "e2 = e2.add(c);",
            "e4 = e4.and(M26);",
            "e0 = e0.add(f).add(f.lanewise(LSHL, 2));",
            "c = e2.lanewise(LSHR, 26);",
            "f = e0.lanewise(LSHR, 26);",
            "%s2 = e2.and(M26);",
            "e3 = e3.add(c);",
            "%s0 = e0.and(M26);",
            "%1$s1 = %1$s1.add(f);",
            "c = e3.lanewise(LSHR, 26);",
            "%s3 = e3.and(M26);",
            "%s4 = e4.add(c);",
        };
        for (String line : lines) {
            line(3, line.replace("M26", mask).formatted(to));
        }
    }
}
