package io.penstock.server.crash;

import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Node;
import io.penstock.server.model.NodeEndpoint;
import io.penstock.server.model.PreAuthKey;
import io.penstock.server.model.Refusal;
import io.penstock.server.model.RegistrationRequest;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.registry.PolicySource;
import io.penstock.server.registry.Registration;
import io.penstock.server.store.StateFolder;
import io.penstock.server.store.Store;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A process that writes until it is killed: {@code CrashWriter FOLDER SEED FIRST-MACHINE START-MS}. Each line on standard output is either
 * what is about to be written, beginning with {@code try}, or what has been committed. Its own checks print {@code BAD}.
 */
final class CrashWriter {
    /** So small a network, and so fast a clock, that addresses are given, rest and come back. */
    static final String PREFIX = "100.64.0.0/26";

    private static final int MAX_NODES = 40;
    private static final long SPEED = 200_000; // an address rests for 0.43 s

    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    private final Seeded entropy;
    private final Random random;
    private final Store store;
    private final NodeRegistry registry;
    private final Domain domain;
    private final User user;
    private final List<Token> usedKeys = new ArrayList<>();
    private int nextMachine;

    private CrashWriter(Path folder, long seed, int firstMachine, long startMs) {
        entropy = new Seeded(seed);
        random = new Random(seed);
        nextMachine = firstMachine;
        store = Store.open(StateFolder.open(folder), clock(startMs), entropy);
        registry = new NodeRegistry(store, PolicySource.NONE, entropy);
        domain = store.write(tx -> tx.domains().find("home").orElseGet(() -> Samples.domain(tx, "home", PREFIX)));
        Identity identity = new Identity("https://idp.example", "alice");
        user = store.write(tx -> tx.users().find(domain.id(), identity).orElseGet(() -> tx.users()
                .add(domain.id(), identity, "alice", "Alice", Role.MEMBER, false)));
    }

    /** Begins with the first writer and goes on through all of their lives. */
    static InstantSource clock(long startMs) {
        return () -> Instant.ofEpochMilli(startMs + (System.currentTimeMillis() - startMs) * SPEED);
    }

    public static void main(String[] args) {
        new CrashWriter(Path.of(args[0]), Long.parseLong(args[1]), Integer.parseInt(args[2]), Long.parseLong(args[3]))
                .run();
    }

    private void run() {
        out.println("ready");
        while (true) {
            List<Node> nodes = store.read(tx -> tx.nodes().list(domain.id()));
            int choice = random.nextInt(10);
            if (nodes.isEmpty() || (choice < 5 && nodes.size() < MAX_NODES)) {
                join();
            } else if (choice < 7 || nodes.size() >= MAX_NODES) {
                remove(nodes.get(random.nextInt(nodes.size())));
            } else if (choice < 9) {
                move(nodes.get(random.nextInt(nodes.size())));
            } else {
                useKeyAgain();
            }
        }
    }

    private void join() {
        int machine = nextMachine++;
        Token token = Token.create(TokenKind.PRE_AUTH, entropy);
        PreAuthKey key = store.write(tx -> tx.preAuthKeys()
                .add(
                        domain.id(),
                        user.id(),
                        token,
                        false,
                        false,
                        Tags.NONE,
                        tx.now().plus(Duration.ofDays(100_000))));
        out.println("key " + key.id());
        Registration answer = register(machine, token);
        if (answer instanceof Registration.Joined joined) {
            usedKeys.add(token);
            Node node = joined.node();
            long seq = store.read(tx -> tx.changes().last());
            out.println("node " + node.id() + " " + key.id() + " " + node.nodeKey() + " " + node.v4() + " " + node.v6()
                    + " " + seq);
        } else if (answer instanceof Registration.Refused refused && refused.refusal() == Refusal.NO_ADDRESS_LEFT) {
            out.println("full"); // too many rest; the key is not used
        } else {
            out.println("BAD a fresh key was refused: " + answer);
        }
    }

    private Registration register(int machine, Token token) {
        return registry.register(new RegistrationRequest(
                Samples.machine(machine),
                Samples.nodeKey(machine),
                new Host("web", "{}", 131),
                Tags.NONE,
                false,
                token.reveal(),
                null,
                null));
    }

    private void useKeyAgain() {
        if (!usedKeys.isEmpty()) {
            Registration answer = register(nextMachine++, usedKeys.get(random.nextInt(usedKeys.size())));
            if (answer instanceof Registration.Joined) {
                out.println("BAD a used key was taken again");
            }
        }
    }

    private void remove(Node node) {
        out.println("try-gone " + node.id());
        store.write(tx -> {
            tx.nodes().remove(node);
            return null;
        });
        out.println("gone " + node.id());
    }

    private void move(Node node) {
        int port = 1 + random.nextInt(65535);
        out.println("try-port " + node.id() + " " + port);
        Contact contact = new Contact(null, List.of(NodeEndpoint.parse("192.0.2.1:" + port, 2)), 900);
        registry.update(node.machineKey(), node.nodeKey(), contact, node.host(), Set.of());
        out.println("port " + node.id() + " " + port);
    }
}
