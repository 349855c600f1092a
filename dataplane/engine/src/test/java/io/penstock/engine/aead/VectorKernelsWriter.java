package io.penstock.engine.aead;

/**
 * Writes the sources of {@link VectorKernels512} and {@link VectorKernels256}: straight-line code over 32 vectors is not for hands.
 * {@code VectorKernelsTest} holds the committed files to this, and writes them with {@code -Dpenstock.test.write=true}.
 *
 * <p>A row of scratch is 512 bits. The narrow kernels work on its halves: a method for one half, called for each.
 */
final class VectorKernelsWriter {
    private static final String[] ROWS = {
        "a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3", "c0", "c1", "c2", "c3", "d0", "d1", "d2", "d3",
    };
    private static final int COUNTER_ROW = 12;
    private static final int[] ROTATIONS = {16, 12, 8, 7};
    private static final String XOR = "%s(long[] m, int keystream, int message, long[] from, long[] to, long offset)";

    private final StringBuilder out = new StringBuilder();
    private final int bits;
    private final int ints; // in a vector
    private final int longs;
    private boolean isInMethod;

    private VectorKernelsWriter(int bits) {
        this.bits = bits;
        ints = bits / Integer.SIZE;
        longs = bits / Long.SIZE;
    }

    /** The whole file for vectors of 512 or 256 bits. */
    static String source(int bits) {
        VectorKernelsWriter writer = new VectorKernelsWriter(bits);
        writer.head();
        writer.constants();
        writer.helpers();
        if (writer.isWide()) {
            writer.wide();
        } else {
            writer.narrow();
        }
        writer.line(1, "}");
        writer.out.append("}\n");
        return writer.out.toString();
    }

    private boolean isWide() {
        return bits == 512;
    }

    private void wide() {
        override("rounds32(int[] w, int line)");
        rounds("x", "y");
        override("rounds16(int[] w, int line)");
        rounds("x");
        override("finish(int[] w, int state, int counter, int work, long[] m, int keystream)");
        finish(0);
        override(XOR.formatted("seal"));
        xor("y");
        override(XOR.formatted("open"));
        xor("x");
        override("poly(long[] m, int line, int message, int pairs)");
        new PolyWriter(out, isWide()).pairs();
        override("polyMasked(long[] m, int line, int message, int masks, int blocks, long bit128)");
        new PolyWriter(out, isWide()).masked();
    }

    private void narrow() {
        override("rounds32(int[] w, int line)");
        line(2, "rounds16(w, line);");
        call(
                "rounds8(w, line + %1$d, line + GroupScratch.COUNTER_2 + %1$d, line + GroupScratch.WORK + 256 + %1$d);",
                8);
        override("rounds16(int[] w, int line)");
        call("rounds8(w, line + %1$d, line + GroupScratch.COUNTER + %1$d, line + GroupScratch.WORK + %1$d);", 8);
        core("20 rounds over 8 blocks.", "rounds8(int[] w, int line, int counter, int work)");
        rounds("x");
        override("finish(int[] w, int state, int counter, int work, long[] m, int keystream)");
        call("finishFirst(w, state + %1$d, work + %1$d, m, keystream + %1$d);", 8);
        call("finishLast(w, state + 128 + %1$d, counter + %1$d, work + 128 + %1$d, m, keystream + 4 + %1$d);", 8);
        core("Half a block of each packet.", "finishFirst(int[] w, int state, int work, long[] m, int keystream)");
        finish(0);
        core(
                "The other half, with the counter.",
                "finishLast(int[] w, int state, int counter, int work, long[] m, int keystream)");
        finish(8);
        for (String name : new String[] {"seal", "open"}) {
            override(XOR.formatted(name));
            call(name + "Four(m, keystream + %d * GroupScratch.STRIDE, message + %1$d, from, to, %1$d, offset);", 4);
            core(
                    "Four packets.",
                    name
                            + "Four(long[] m, int keystream, int message, long[] from, long[] to, int first, long offset)");
            xor(name.equals("seal") ? "y" : "x");
        }
        override("poly(long[] m, int line, int message, int pairs)");
        call("polyFour(m, line + %1$d, message + %1$d, pairs);", 4);
        core("Four packets.", "polyFour(long[] m, int line, int message, int pairs)");
        new PolyWriter(out, isWide()).pairs();
        override("polyMasked(long[] m, int line, int message, int masks, int blocks, long bit128)");
        call("polyMaskedFour(m, line + %1$d, message + %1$d, masks + %1$d, blocks, bit128);", 4);
        core("Four packets.", "polyMaskedFour(long[] m, int line, int message, int masks, int blocks, long bit128)");
        new PolyWriter(out, isWide()).masked();
    }

    /** Calls a method for both halves of a row. */
    private void call(String statement, int half) {
        for (int at = 0; at <= half; at += half) {
            String call = statement.formatted(at).replace("0 * GroupScratch.STRIDE", "0");
            line(2, call.replace(" + 0,", ",").replace(" + 0)", ")"));
        }
    }

    private void line(int indent, String text) {
        out.append("    ".repeat(indent)).append(text).append('\n');
    }

    private void head() {
        out.append("""
                package io.penstock.engine.aead;

                import static jdk.incubator.vector.VectorOperators.LSHL;
                import static jdk.incubator.vector.VectorOperators.LSHR;
                import static jdk.incubator.vector.VectorOperators.ROL;
                import static jdk.incubator.vector.VectorOperators.XOR;

                import io.penstock.ffm.Memory;
                import java.lang.foreign.MemorySegment;
                import java.nio.ByteOrder;
                import jdk.incubator.vector.IntVector;
                import jdk.incubator.vector.LongVector;
                import jdk.incubator.vector.VectorMask;
                import jdk.incubator.vector.VectorShuffle;
                import jdk.incubator.vector.VectorSpecies;

                /** {@link VectorKernels} on vectors of %1$d bits. Generated by {@code VectorKernelsWriter}, in the tests; change that. */
                final class VectorKernels%1$d extends VectorKernels {
                """.formatted(bits));
    }

    private void constants() {
        constant("VectorSpecies<Integer> INTS = IntVector.SPECIES_" + bits);
        constant("VectorSpecies<Long> LONGS = LongVector.SPECIES_" + bits);
        line(0, "");
        constant("MemorySegment MEMORY = Memory.everything()");
        if (isWide()) {
            constant("LongVector M26 = LongVector.broadcast(LONGS, (1L << 26) - 1)");
        }
        constant("LongVector BIT_128 = LongVector.broadcast(LONGS, 1L << 24)");
        line(0, "");
        line(
                1,
                "// Rotations by i lanes, and the lanes whose number has bit b. Rows rotated, columns shifted by blends, rows rotated");
        line(1, "// again: together that transposes a square.");
        for (int i = 1; i < ints; i++) {
            constant("VectorShuffle<Integer> I%d = VectorShuffle.iota(INTS, %d, 1, true)".formatted(i, i));
        }
        for (int i = 1; i < longs; i++) {
            constant("VectorShuffle<Long> L%d = VectorShuffle.iota(LONGS, %d, 1, true)".formatted(i, i));
        }
        for (int bit = 1; bit < ints; bit *= 2) {
            constant("VectorMask<Integer> IM%d = VectorMask.fromLong(INTS, 0x%x)".formatted(bit, lanes(ints, bit)));
        }
        for (int bit = 1; bit < longs; bit *= 2) {
            constant("VectorMask<Long> LM%d = VectorMask.fromLong(LONGS, 0x%x)".formatted(bit, lanes(longs, bit)));
        }
        line(0, "");
    }

    private void constant(String declaration) {
        line(1, "private static final " + declaration + ";");
    }

    private static int lanes(int count, int bit) {
        int mask = 0;
        for (int lane = 0; lane < count; lane++) {
            mask |= (lane & bit) == 0 ? 0 : 1 << lane;
        }
        return mask;
    }

    private void helpers() {
        out.append("""
                    VectorKernels%1$d() {}

                    private static LongVector load(long address) {
                        return LongVector.fromMemorySegment(LONGS, MEMORY, address, ByteOrder.LITTLE_ENDIAN);
                    }

                    private static void store(LongVector vector, long address) {
                        vector.intoMemorySegment(MEMORY, address, ByteOrder.LITTLE_ENDIAN);
                    }
                """.formatted(bits));
        override("bits()");
        line(2, "return %d;".formatted(bits));
    }

    private void override(String signature) {
        begin();
        line(1, "@Override");
        line(1, (signature.equals("bits()") ? "int " : "void ") + signature + " {");
    }

    /** A method of the class's own. */
    private void core(String comment, String signature) {
        begin();
        line(1, "/** " + comment + " */");
        line(1, "private static void " + signature + " {");
    }

    private void begin() {
        if (isInMethod) {
            line(1, "}");
        }
        isInMethod = true;
        line(0, "");
    }

    /** 20 rounds over one or two sets, from {@code line} on. A narrow set has its counters elsewhere, and so its place to write to. */
    private void rounds(String... sets) {
        String work = isWide() ? "line + GroupScratch.WORK" : "work";
        for (int set = 0; set < sets.length; set++) {
            for (int row = 0; row < 16; row++) {
                String from = "line + GroupScratch.STATE + " + 16 * row;
                if (row == COUNTER_ROW) {
                    from = !isWide() ? "counter" : set == 1 ? "line + GroupScratch.COUNTER_2" : from;
                }
                line(2, "IntVector %s%s = IntVector.fromArray(INTS, w, %s);".formatted(sets[set], ROWS[row], from));
            }
        }
        line(2, "IntVector t;");
        line(2, "for (int round = 0; round < 20; round++) {");
        for (int step = 0; step < ROTATIONS.length; step++) {
            for (String set : sets) {
                for (int column = 0; column < 4; column++) {
                    quarter(set, column, step);
                }
            }
        }
        line(3, "// Turned, so that columns and diagonals share one body of the loop: moves cost nothing, nodes do.");
        for (String set : sets) {
            turn(set);
        }
        line(2, "}");
        for (int set = 0; set < sets.length; set++) {
            for (int row = 0; row < 16; row++) {
                line(2, "%s%s.intoArray(w, %s + %d);".formatted(sets[set], ROWS[row], work, 256 * set + 16 * row));
            }
        }
    }

    private void quarter(String set, int column, int step) {
        boolean isFirst = step % 2 == 0;
        String sum = set + (isFirst ? "a" : "c") + column;
        String addend = set + (isFirst ? "b" : "d") + column;
        String turned = set + (isFirst ? "d" : "b") + column;
        line(3, "%s = %s.add(%s);".formatted(sum, sum, addend));
        line(3, "%s = %s.lanewise(XOR, %s).lanewise(ROL, %d);".formatted(turned, turned, sum, ROTATIONS[step]));
    }

    /** One round later the same lines mean the diagonals, or the columns again. */
    private void turn(String set) {
        String[][] swaps = {{"a1", "a3"}, {"b0", "b1"}, {"b2", "b3"}, {"c0", "c2"}, {"d0", "d3"}, {"d1", "d2"}};
        for (String[] swap : swaps) {
            line(3, "t = %s%s;".formatted(set, swap[0]));
            line(3, "%s%s = %s%s;".formatted(set, swap[0], set, swap[1]));
            line(3, "%s%s = t;".formatted(set, swap[1]));
        }
    }

    /**
     * Adds state to as many rows of work as a vector has lanes, and turns them: lane l of row r becomes word r of a block, of packet
     * l % 8. The narrow kernels make half a block of it, whose first row is given.
     */
    private void finish(int firstRow) {
        for (int i = 0; i < ints; i++) {
            String from = firstRow + i == COUNTER_ROW ? "counter" : "state + " + 16 * i;
            line(2, "IntVector s%d = IntVector.fromArray(INTS, w, %s);".formatted(i, from));
            line(
                    2,
                    "IntVector r%d = IntVector.fromArray(INTS, w, work + %d).add(s%d)%s;"
                            .formatted((ints - i) % ints, 16 * i, i, rotation("I", ints - i, ints)));
        }
        String rows = transpose("IntVector", "IM", ints);
        for (int i = 0; i < ints; i++) {
            String to = "keystream + %d * GroupScratch.STRIDE + %d".formatted(i & 7, 8 * (i >> 3));
            line(2, "%s%d%s.reinterpretAsLongs().intoArray(m, %s);".formatted(rows, i, rotation("I", i, ints), to));
        }
    }

    private static String rotation(String shuffle, int by, int size) {
        return by % size == 0 ? "" : ".rearrange(%s%d)".formatted(shuffle, by);
    }

    /** Shifts column c down by c rows, with a blend for each bit of c; returns the name of the rows afterwards. */
    private String transpose(String type, String mask, int size) {
        return transpose(type, mask, size, "r", "t");
    }

    private String transpose(String type, String mask, int size, String rows, String others) {
        String from = rows;
        String to = others;
        for (int bit = 1; bit < size; bit *= 2) {
            for (int row = 0; row < size; row++) {
                String declared = bit == 1 ? type + " " : "";
                line(
                        2,
                        "%s%s%d = %s%d.blend(%s%d, %s%d);"
                                .formatted(declared, to, row, from, row, from, (row - bit + size) % size, mask, bit));
            }
            String swap = from;
            from = to;
            to = swap;
        }
        return from;
    }

    /** A chunk of as many packets as a vector has lanes; of the narrow ones in two parts. */
    private void xor(String ciphertext) {
        int parts = 8 / longs;
        for (int part = 0; part < parts; part++) {
            String p = parts == 1 ? "" : part == 0 ? "a" : "b";
            String more = part == 0 ? "" : " + 4";
            for (int i = 0; i < longs; i++) {
                String index = isWide() ? Integer.toString(i) : i == 0 ? "first" : "first + " + i;
                String offset = "offset" + (part == 0 ? "" : " + 32");
                line(2, "LongVector x%s%d = load(from[%s] + %s);".formatted(p, i, index, offset));
                line(
                        2,
                        "LongVector k%s%d = LongVector.fromArray(LONGS, m, keystream + %d * GroupScratch.STRIDE%s);"
                                .formatted(p, i, i, more));
                line(2, "LongVector y%s%d = x%s%d.lanewise(XOR, k%s%d);".formatted(p, i, p, i, p, i));
                line(2, "store(y%s%d, to[%s] + %s);".formatted(p, i, index, offset));
            }
        }
        for (int part = 0; part < parts; part++) {
            String p = parts == 1 ? "" : part == 0 ? "a" : "b";
            for (int i = 0; i < longs; i++) {
                line(
                        2,
                        "LongVector r%s%d = %s%s%d%s;"
                                .formatted(p, (longs - i) % longs, ciphertext, p, i, rotation("L", longs - i, longs)));
            }
            String rows = transpose("LongVector", "LM", longs, "r" + p, "t" + p);
            for (int row = 0; row < longs; row++) {
                line(
                        2,
                        "%s%d%s.intoArray(m, message + %d);"
                                .formatted(rows, row, rotation("L", row, longs), 8 * (part * longs + row)));
            }
        }
    }
}
