package io.penstock.lab.demo;

import io.penstock.lab.Quantity;
import java.nio.file.Path;
import java.util.List;

/** A demo as a process of its own that can be killed: STATE-DIRECTORY TIME INTERFACE-PROGRAM... */
final class DemoMain {
    private DemoMain() {}

    public static void main(String[] args) throws Exception {
        List<String> program = List.of(args).subList(2, args.length);
        DemoSettings settings = new DemoSettings(Quantity.parseDurationNs(args[1]), false, program, Path.of(args[0]));
        try {
            Demo.Outcome outcome = Demo.run(settings, DemoMain::say);
            System.out.println(outcome.report().json("test"));
        } catch (DemoException e) {
            say(e.reason() + ": " + e.getMessage());
            System.exit(3);
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
