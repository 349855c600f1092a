package io.penstock.wireguard.route;

import io.penstock.wireguard.peer.Peer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Which peer owns an address: the longest matching prefix of each family. Whitepaper section 2.
 *
 * <p>The control agent alone writes and iterates. Lanes look up at the same time without a lock and without allocating:
 * a lookup that overlaps a change sees the table as it was before or as it is after that change.
 */
public final class AllowedIps {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(AllowedIps.class, "state", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Trie v4 = new Trie(32);
    private final Trie v6 = new Trie(128);
    private final Map<Peer, Entries> entries = new HashMap<>();
    private int size;
    private long changes;

    @SuppressWarnings("unused") // through STATE
    private long state;

    /** The peer that owns this IPv4 address, or null. Any thread. */
    public @Nullable Peer lookup4(int address) {
        return v4.lookup((long) address << 32, 0);
    }

    /** The peer that owns this IPv6 address, or null. Any thread. */
    public @Nullable Peer lookup6(long high, long low) {
        return v6.lookup(high, low);
    }

    /** Gives the prefix to the peer, whoever had it before; it becomes the last of the peer's list. */
    public void insert(Prefix prefix, Peer peer) {
        begin();
        Node node = trie(prefix).place(keyHigh(prefix), keyLow(prefix), prefix.length());
        if (node.list != null) {
            unlink(node); // before the list is looked up: the last node takes its list along
        }
        entries.computeIfAbsent(peer, key -> new Entries()).append(node);
        size++;
        node.owner(peer);
        end();
    }

    /** Takes the prefix from the peer; false if it belongs to another or to nobody. */
    public boolean remove(Prefix prefix, Peer peer) {
        Trie trie = trie(prefix);
        Node node = trie.find(keyHigh(prefix), keyLow(prefix), prefix.length());
        if (node == null || node.list == null || node.owner() != peer) {
            return false;
        }
        begin();
        unlink(node);
        trie.vacate(node);
        end();
        return true;
    }

    /** Takes all prefixes from the peer. */
    public void removeAll(Peer peer) {
        Entries list = entries.get(peer);
        if (list == null) {
            return;
        }
        begin();
        for (Node node = list.first; node != null; node = list.first) {
            unlink(node);
            (node.v6 ? v6 : v4).vacate(node);
        }
        end();
    }

    /** The peer's prefixes in the order of their insertion. Not to be held over a change. */
    public Iterable<Prefix> of(Peer peer) {
        return () -> {
            Entries list = entries.get(peer);
            return new PrefixIterator(list == null ? null : list.first);
        };
    }

    /** How many prefixes have an owner. */
    public int size() {
        return size;
    }

    /** Whether exactly this prefix has an owner. */
    public boolean contains(Prefix prefix) {
        Node node = trie(prefix).find(keyHigh(prefix), keyLow(prefix), prefix.length());
        return node != null && node.owner() != null;
    }

    /** Differs from before when anything has changed since. Control agent only. */
    public long changes() {
        return changes;
    }

    /**
     * Odd while something changes, and differs from before when anything has changed since: who has seen an even one, and then looked up
     * what he keeps, may use it for as long as he sees the same. Any thread.
     */
    long state() {
        return (long) STATE.getAcquire(this);
    }

    private void begin() {
        changes++;
        STATE.setOpaque(this, state + 1);
        VarHandle.storeStoreFence(); // before anything of the change is seen
    }

    private void end() {
        STATE.setRelease(this, state + 1); // after all of it
    }

    private void unlink(Node node) {
        Entries list = node.list;
        if (list == null) {
            throw new IllegalStateException("the node is in no list");
        }
        Peer owner = node.owner();
        list.remove(node);
        size--;
        if (list.first == null && owner != null) {
            entries.remove(owner);
        }
    }

    private Trie trie(Prefix prefix) {
        return prefix.isV6() ? v6 : v4;
    }

    // Keys are left-aligned in 128 bits, so that one trie serves both families.

    private static long keyHigh(Prefix prefix) {
        return prefix.isV6() ? prefix.high() : prefix.low() << 32;
    }

    private static long keyLow(Prefix prefix) {
        return prefix.isV6() ? prefix.low() : 0;
    }

    /** The prefixes of one peer, linked through their nodes. */
    static final class Entries {
        @Nullable Node first;

        @Nullable Node last;

        void append(Node node) {
            Node tail = last;
            node.list = this;
            node.before = tail;
            node.after = null;
            last = node;
            if (tail == null) {
                first = node;
            } else {
                tail.after = node;
            }
        }

        void remove(Node node) {
            Node before = node.before;
            Node after = node.after;
            if (before == null) {
                first = after;
            } else {
                before.after = after;
            }
            if (after == null) {
                last = before;
            } else {
                after.before = before;
            }
            node.list = null;
            node.before = null;
            node.after = null;
        }
    }

    private static final class PrefixIterator implements Iterator<Prefix> {
        private @Nullable Node next;

        PrefixIterator(@Nullable Node first) {
            next = first;
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Prefix next() {
            Node node = next;
            if (node == null) {
                throw new NoSuchElementException();
            }
            next = node.after;
            return node.v6
                    ? Prefix.v6(node.high, node.low, node.length)
                    : Prefix.v4((int) (node.high >>> 32), node.length);
        }
    }
}
