package io.penstock.server.map;

import io.penstock.protocol.mapstream.Piece;
import io.penstock.protocol.policy.PolicyNode;
import io.penstock.server.model.Node;
import io.penstock.server.model.Routes;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A node as its domain's maps have it: what the store says, when which part of it changed last, and its JSON for as long as that
 * holds. Guarded by the domain's lock.
 */
final class Member {
    /** Beyond so many ways to see a router its JSON is not kept: the next viewer has it made again. */
    private static final int MAX_KEPT = 64;

    /**
     * What of a router a viewer is told.
     *
     * @param subnets in a fixed order
     */
    record Shown(List<Prefix> subnets, boolean isExit) {
        static final Shown NOTHING = new Shown(List.of(), false);
    }

    private final Map<Shown, Piece> wholes = new HashMap<>(2);
    private final Map<Integer, Piece> patches = new HashMap<>(2);
    private final long[] changedAt = new long[Part.values().length];
    private Node node;
    private Set<Prefix> serving; // a set of routes is walked often and changes rarely
    private boolean exit;
    private long wholeAt;

    /** What the policy knows of it; null while it is out. */
    @Nullable PolicyNode policyNode;

    boolean online;

    /** The end of its last stream, or the begin of the one it has. */
    Instant lastSeen;

    Member(Node node) {
        this.node = node;
        serving = node.routes().serving();
        exit = node.routes().isExitNode();
        lastSeen = node.lastSeen();
    }

    long id() {
        return node.id();
    }

    Node node() {
        return node;
    }

    /** Neither expired nor a disabled user's: it is in the maps of others, and gets maps with others. */
    boolean isIn() {
        return policyNode != null;
    }

    /** Subnets that it may serve. */
    Set<Prefix> serving() {
        return serving;
    }

    boolean isExit() {
        return exit;
    }

    boolean isRouter() {
        return exit || !serving.isEmpty();
    }

    /** Takes what the store says now; what of it changed is to be marked by the caller. */
    void replace(Node now) {
        node = now;
        if (!now.routes().equals(Routes.NONE) || isRouter()) {
            serving = now.routes().serving();
            exit = now.routes().isExitNode();
        }
    }

    /** Something changed that no patch can tell. */
    void markWhole(long version) {
        wholeAt = version;
        forget();
    }

    void mark(Part part, long version) {
        changedAt[part.ordinal()] = version;
        forget();
    }

    private void forget() {
        wholes.clear();
        patches.clear();
    }

    boolean isNewerThan(long version) {
        return wholeAt > version;
    }

    /** The parts that changed after {@code version}, as a set of bits. */
    int partsAfter(long version) {
        int parts = 0;
        for (Part part : Part.values()) {
            if (changedAt[part.ordinal()] > version) {
                parts |= part.bit();
            }
        }
        return parts;
    }

    Piece whole(Shown shown, Function<Shown, Piece> encoder) {
        Piece known = wholes.get(shown);
        if (known == null) {
            known = encoder.apply(shown);
            if (wholes.size() < MAX_KEPT) {
                wholes.put(shown, known);
            }
        }
        return known;
    }

    Piece patch(int parts, IntFunction<Piece> encoder) {
        Piece known = patches.get(parts);
        if (known == null) {
            known = encoder.apply(parts);
            patches.put(parts, known); // no more than there are sets of parts
        }
        return known;
    }
}
