package io.penstock.sim;

import static io.penstock.wireguard.Protocol.REJECT_AFTER_MESSAGES;
import static io.penstock.wireguard.Protocol.REKEY_AFTER_MESSAGES;
import static io.penstock.wireguard.Protocol.REPLAY_WINDOW;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import java.lang.reflect.Method;
import java.util.List;

/** Everything that can go wrong, at random, until it is told to stop. */
final class Chaos {
    private static final long YEAR_SECONDS = 31_557_600;
    private static final int LONGEST_BURST = 4500;
    private static final int DISPLACEMENT = 4000;
    private static final Method SET_COUNTER = setCounter();

    private final World world;
    private final Dice dice;
    private final Node a;
    private final Node b;
    private final List<Traffic> traffic;
    private boolean isOver;

    Chaos(World world, Dice dice, Node a, Node b, List<Traffic> traffic) {
        this.world = world;
        this.dice = dice;
        this.a = a;
        this.b = b;
        this.traffic = traffic;
    }

    void start() {
        changeTraffic();
        next();
        nextAttack();
    }

    void stop() {
        isOver = true;
    }

    private void next() {
        world.after(dice.between(100 * World.MS, 5 * World.SECOND), () -> {
            if (!isOver) {
                act();
                next();
            }
        });
    }

    private void nextAttack() {
        world.after(dice.between(10 * World.MS, 3 * World.SECOND), () -> {
            if (!isOver) {
                world.attacker.act();
                nextAttack();
            }
        });
    }

    private void act() {
        boolean first = dice.chance(0.5);
        Node node = first ? a : b;
        Node other = first ? b : a;
        Traffic its = traffic.get(first ? 0 : 1);
        switch (dice.below(38)) {
            case 0, 1, 2, 3, 4 -> changeWeather();
            case 5 -> world.network.weather(Network.Weather.CALM);
            case 6, 7, 8 -> changeTraffic();
            case 9 -> silence();
            case 10, 11 -> partition(node, other);
            case 12 -> burst(node, its);
            case 13 -> loseBurst(node, other);
            case 14 -> counterNearLimit(node, other);
            case 15 -> jumpClock(node);
            case 16, 17 -> restart(node);
            case 18 -> bounce(node);
            case 19, 20, 21 -> roam(node);
            case 22, 23, 35 -> overload(node);
            case 24, 25 -> changePresharedKey(node, other);
            case 26 -> changePrivateKey(node, other);
            case 27 -> changeKeepalive(node, other);
            case 28, 29 -> its.sendSpoofed();
            case 30, 31 -> world.attacker.alterNextHandshake();
            case 32 -> world.network.bunch(node, world.nowNs() + dice.between(6, 20) * World.SECOND);
            case 33 -> stall(node);
            case 34 -> reload(node, other);
            default -> windowEdge(node, other, its);
        }
    }

    private void changeWeather() {
        Network.Weather weather = new Network.Weather();
        weather.loss = dice.chance(0.5) ? 0 : dice.chance(0.7) ? 0.1 : 0.8;
        weather.duplication = dice.chance(0.5) ? 0.1 : 0;
        weather.corruption = dice.chance(0.4) ? 0.1 : 0;
        weather.reordering = dice.chance(0.4) ? 0.3 : 0;
        weather.displacement = dice.chance(0.5) ? 5 : 100;
        weather.longDelay = dice.chance(0.4) ? 0.03 : 0;
        weather.redirection = dice.chance(0.2) ? 0.05 : 0;
        weather.jitterNs = dice.chance(0.6) ? dice.between(1, 400) * World.MS : 0;
        world.note("weather", null, weather.jitterNs, null);
        world.network.weather(weather);
    }

    private void changeTraffic() {
        for (Traffic one : traffic) {
            long intervalNs =
                    switch (dice.below(4)) {
                        case 0 -> 0;
                        case 1 -> 2 * World.SECOND;
                        case 2 -> 300 * World.MS;
                        default -> 100 * World.MS;
                    };
            one.every(intervalNs, dice.between(0, World.SECOND));
        }
    }

    private void silence() {
        traffic.forEach(one -> one.every(0, 0));
    }

    private void partition(Node node, Node other) {
        long untilNs =
                world.nowNs() + dice.between(World.SECOND, dice.chance(0.8) ? 30 * World.SECOND : 150 * World.SECOND);
        world.note("partition", node, untilNs, null);
        world.network.block(node, untilNs);
        if (dice.chance(0.6)) {
            world.network.block(other, untilNs);
        }
    }

    /** Thousands of packets, of which many are overtaken by thousands. */
    private void burst(Node node, Traffic its) {
        Network.Weather weather = new Network.Weather();
        weather.reordering = 0.2;
        weather.displacement = DISPLACEMENT;
        world.network.weather(weather);
        int packets = (int) dice.between(100, LONGEST_BURST);
        world.note("burst", node, packets, null);
        its.every(World.MS / 4, 0);
        world.after(packets * World.MS / 4, () -> {
            if (!isOver) {
                its.every(500 * World.MS, World.SECOND);
            }
        });
    }

    private void loseBurst(Node node, Node other) {
        world.count(Fault.LOST_BURST);
        node.lane().loseBurst(node.peer(other), (int) dice.between(1, 20_000));
    }

    /** As if the node had sent so much on its keys that they are nearly spent. */
    private void counterNearLimit(Node node, Node other) {
        Keypair current = node.peer(other).current();
        long limit = dice.chance(0.5) ? REKEY_AFTER_MESSAGES : REJECT_AFTER_MESSAGES;
        long next = limit - dice.between(1, 6);
        if (current != null && Long.compareUnsigned(next, current.sendCounter()) > 0) {
            world.count(Fault.COUNTER_NEAR_LIMIT);
            try {
                SET_COUNTER.invoke(current, next);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void jumpClock(Node node) {
        boolean forward = dice.chance(0.5);
        world.count(forward ? Fault.CLOCK_FORWARD : Fault.CLOCK_BACK);
        long seconds = dice.chance(0.5) ? dice.between(1, 10 * YEAR_SECONDS) : dice.between(1, 600);
        node.jumpClock(forward ? seconds : -seconds);
    }

    private void restart(Node node) {
        boolean withStamps = dice.chance(0.7);
        world.count(withStamps ? Fault.RESTART_STAMPS_KEPT : Fault.RESTART_STAMPS_LOST);
        if (dice.chance(0.5)) {
            jumpClock(node);
        }
        node.restart(withStamps);
    }

    private void reload(Node node, Node other) {
        world.count(Fault.PEER_RELOADED);
        node.reload(other);
    }

    private void bounce(Node node) {
        world.count(Fault.DOWN_AND_UP);
        node.bounce();
    }

    private void roam(Node node) {
        boolean portOnly = dice.chance(0.5);
        world.count(portOnly ? Fault.ROAM_PORT : Fault.ROAM_ADDRESS);
        int port = 1024 + dice.below(60_000);
        node.roam(portOnly ? Attacker.withPort(node.address(), port) : Scenario.outerAddress(node.id, dice, port));
    }

    /** And whoever has seen old cookies tries them. */
    private void overload(Node node) {
        node.overload(world.nowNs() + dice.between(World.SECOND, 20 * World.SECOND));
        world.attacker.replayCookies(node);
    }

    private void stall(Node node) {
        world.count(Fault.STALL);
        long longestNs = dice.chance(0.8) ? 5 * World.SECOND : 200 * World.SECOND;
        node.stall(world.nowNs() + dice.between(World.MS, longestNs));
    }

    private void changePresharedKey(Node node, Node other) {
        world.count(Fault.PRESHARED_KEY_CHANGE);
        byte[] key = dice.bytes(32);
        node.setPresharedKey(other, key);
        world.after(dice.between(0, 20 * World.SECOND), () -> {
            if (!isOver) {
                other.setPresharedKey(node, key);
            }
        });
    }

    private void changePrivateKey(Node node, Node other) {
        world.count(Fault.PRIVATE_KEY_CHANGE);
        node.setPrivateKey();
        world.after(dice.between(0, 10 * World.SECOND), () -> other.replaceKey(node));
    }

    private void changeKeepalive(Node node, Node other) {
        int seconds = dice.chance(0.5) ? 0 : (int) dice.between(1, 60);
        world.count(seconds == 0 ? Fault.KEEPALIVE_OFF : Fault.KEEPALIVE_ON);
        node.setKeepalive(other, seconds);
    }

    /**
     * A message, then one that moves the window so far that the first lies at its very edge, then the first: once more and
     * from elsewhere, or for the first time.
     */
    private void windowEdge(Node node, Node other, Traffic its) {
        Peer peer = node.peer(other);
        Keypair current = peer.current();
        if (current == null || !current.canSend(world.nodeNs()) || current.sendCounter() < 0) {
            return;
        }
        world.network.weather(Network.Weather.CALM);
        boolean isReplay = dice.chance(0.5);
        int inWord = (int) (current.sendCounter() & 63);
        node.lane().loseBurst(peer, 127 - inWord); // the next one is the last of its word in the bitmap
        if (!isReplay) {
            world.network.block(node, world.nowNs() + 1);
        }
        its.send();
        Message first = world.attacker.lastDataOf(node);
        world.network.block(node, 0);
        int beyond = dice.chance(0.7) ? (isReplay ? 1 : 0) : dice.below(3) - 1;
        node.lane().loseBurst(peer, REPLAY_WINDOW - 1 + beyond);
        its.send();
        if (first != null) {
            world.count(isReplay ? Fault.REPLAY_AT_WINDOW_EDGE : Fault.LATE_AT_WINDOW_EDGE);
            Endpoint to = other.address();
            Endpoint from = isReplay ? world.attacker.address() : node.address();
            world.after(world.network.delayNs(node) + World.MS, () -> world.attacker.say(first, from, to));
        }
    }

    private static Method setCounter() {
        try {
            Method method = Keypair.class.getDeclaredMethod("sendCounter", long.class);
            method.setAccessible(true);
            return method;
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
