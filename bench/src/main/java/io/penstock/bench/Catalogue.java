package io.penstock.bench;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Lists the benchmarks for {@code bench/run}, a line for each, its columns separated by tabs: name, baseline, unit, the parameter that
 * counts units, {@code packet-path} or a dash, what of that may allocate (separated by commas), question.
 */
public final class Catalogue {
    private Catalogue() {}

    public static void main(String[] arguments) {
        for (Class<?> of : classes()) {
            names(of).forEach(name -> System.out.println(line(of, name)));
        }
    }

    /** All classes with benchmarks, by name. */
    static List<Class<?>> classes() {
        Set<String> names = BenchmarkList.defaultList()
                .getAll(OutputFormatFactory.createFormatInstance(System.err, VerboseMode.SILENT), List.of())
                .stream()
                .map(entry -> entry.getUserClassQName())
                .collect(Collectors.toCollection(TreeSet::new));
        return names.stream().<Class<?>>map(Catalogue::load).toList();
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("listed, but not there: " + name, e);
        }
    }

    /** What the benchmarks of a class are called: methods, and groups of methods that run side by side. */
    static Set<String> names(Class<?> of) {
        Set<String> names = new TreeSet<>();
        for (Method method : of.getDeclaredMethods()) {
            if (method.isAnnotationPresent(Benchmark.class)) {
                Group group = method.getAnnotation(Group.class);
                names.add(group == null ? method.getName() : group.value());
            }
        }
        return names;
    }

    private static String line(Class<?> of, String name) {
        Question question = question(of);
        PacketPath path = of.getAnnotation(PacketPath.class);
        return String.join(
                "\t",
                of.getName() + "." + name,
                question.baseline(),
                question.unit(),
                question.countedBy(),
                path == null ? "-" : "packet-path",
                path == null ? "" : String.join(",", path.except()),
                question.value());
    }

    static Question question(Class<?> of) {
        Question question = of.getAnnotation(Question.class);
        if (question == null) {
            throw new IllegalStateException(of + " asks no question");
        }
        return question;
    }
}
