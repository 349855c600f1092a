package io.penstock.engine;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Takes from other threads what the virtual machine does once per class on whichever thread happens to be there: when the
 * first method of a class is given to the JIT, the thread that asked for it resolves all string literals of that class and
 * loads the classes in the method's signature. A literal that is interned already costs that thread nothing.
 */
final class LoadedClasses {
    private static final int MAGIC = 0xcafebabe;

    private final Set<String> literals = new HashSet<>(); // held, or the string table would forget them

    /** Interns the literals of all classes loaded so far, and loads what their methods mention. */
    void prepare() {
        for (String line : hierarchy().lines().toList()) {
            String name = line.replaceFirst("^[| ]*--", "").replaceFirst("/.*", "");
            try (InputStream file = ClassLoader.getSystemResourceAsStream(name.replace('.', '/') + ".class")) {
                if (file != null) { // a hidden class has none, and no literals of its own
                    internLiterals(new DataInputStream(file));
                    loadSignatures(name);
                }
            } catch (IOException e) {
                throw new AssertionError(name, e);
            }
        }
    }

    /** Whether this literal of some class is interned, and stays so while this object lives. */
    boolean holds(String literal) {
        return literals.contains(literal);
    }

    private static String hierarchy() {
        try {
            ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
            Object[] arguments = {new String[0]};
            String[] signature = {String[].class.getName()};
            Object text = ManagementFactory.getPlatformMBeanServer()
                    .invoke(commands, "vmClassHierarchy", arguments, signature);
            return String.valueOf(text);
        } catch (JMException e) {
            throw new AssertionError(e);
        }
    }

    /** Reads the constant pool: Java Virtual Machine Specification, section 4.4. */
    private void internLiterals(DataInputStream file) throws IOException {
        if (file.readInt() != MAGIC) {
            throw new IOException("not a class file");
        }
        file.readInt(); // version
        int entries = file.readUnsignedShort();
        Map<Integer, String> texts = new HashMap<>();
        Set<Integer> strings = new HashSet<>();
        for (int i = 1; i < entries; i++) {
            int tag = file.readUnsignedByte();
            switch (tag) {
                case 1 -> texts.put(i, file.readUTF());
                case 8 -> strings.add(file.readUnsignedShort());
                case 7, 16, 19, 20 -> file.skipNBytes(2);
                case 15 -> file.skipNBytes(3);
                case 3, 4, 9, 10, 11, 12, 17, 18 -> file.skipNBytes(4);
                case 5, 6 -> {
                    file.skipNBytes(8);
                    i++; // takes two entries
                }
                default -> throw new IOException("constant pool tag " + tag);
            }
        }
        for (int index : strings) {
            literals.add(String.valueOf(texts.get(index)).intern());
        }
    }

    private static void loadSignatures(String name) {
        try {
            Class<?> type = Class.forName(name, false, ClassLoader.getSystemClassLoader());
            int _ = type.getDeclaredMethods().length + type.getDeclaredConstructors().length;
        } catch (ClassNotFoundException | LinkageError e) {
            return; // of another loader, or with a signature that nobody can load
        }
    }
}
