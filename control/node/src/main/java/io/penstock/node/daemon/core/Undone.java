package io.penstock.node.daemon.core;

import io.penstock.node.core.Backoff;
import io.penstock.node.core.Deadline;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Entropy;
import org.jspecify.annotations.Nullable;

/** What a node has decided and its daemon could not do: said until it is done, and tried again ever more rarely. */
final class Undone {
    private final Backoff backoff;
    private final Deadline retry = new Deadline();
    private String filter = "";
    private boolean isFilterOpen;
    private String peers = "";
    private @Nullable String unusedAuthKey;
    private @Nullable NodeKey unusedKey;
    private String keyTrouble = "";

    Undone(Entropy entropy) {
        backoff = new Backoff(entropy, NodeCore.RETRY_NS);
    }

    /** Why the packet filter is not as it should be; empty if it is. */
    String filter() {
        return filter;
    }

    /** Whether not even the filter that lets nothing in is there, so that there must be no peers. */
    boolean isFilterOpen() {
        return isFilterOpen;
    }

    /** Why the last peer that is left out is; means nothing if none is. */
    String peers() {
        return peers;
    }

    void onFilterFailed(String why, boolean isOpen, long nowNs) {
        filter = why;
        isFilterOpen = isOpen;
        tryAgain(nowNs);
    }

    void onFiltered() {
        filter = "";
        isFilterOpen = false;
    }

    void onPeersFailed(String why, long nowNs) {
        peers = why;
        tryAgain(nowNs);
    }

    /** Why the tunnel has not the key that the coordinator has of it; empty if it has. */
    String keyTrouble() {
        return unusedKey == null ? "" : keyTrouble;
    }

    void onUseKeyFailed(NodeKey key, String why, long nowNs) {
        unusedKey = key;
        keyTrouble = why;
        tryAgain(nowNs);
    }

    /** The key that could not be used, for another try; null if there is none. */
    @Nullable NodeKey takeKey() {
        NodeKey taken = unusedKey;
        unusedKey = null;
        return taken;
    }

    /** Talking to the coordinator could not begin; with the key that was to let the node in, which is needed again. */
    long onCoordinationFailed(String authKey, long nowNs) {
        unusedAuthKey = authKey;
        return tryAgain(nowNs);
    }

    /** The key for the next try to talk to the coordinator; null if none is due. */
    @Nullable String takeCoordination() {
        String taken = unusedAuthKey;
        unusedAuthKey = null;
        return taken;
    }

    private long tryAgain(long nowNs) {
        if (!retry.isSet()) { // what fails together is tried together
            retry.set(nowNs + backoff.nextNs());
        }
        return retry.leftNs(nowNs);
    }

    boolean take(long nowNs) {
        return retry.take(nowNs);
    }

    long leftNs(long nowNs) {
        return retry.leftNs(nowNs);
    }

    /** After a retry: what follows it, if anything failed again, waits longer; otherwise the next failure waits as the first one did. */
    void settle() {
        if (!retry.isSet()) {
            backoff.reset();
        }
    }

    /** There is no tunnel any more. */
    void releaseTunnel() {
        onFiltered();
        peers = "";
    }
}
