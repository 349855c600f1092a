package io.penstock.wireguard.route;

import io.penstock.wireguard.peer.Peer;
import org.jspecify.annotations.Nullable;

/**
 * Path-compressed binary trie over prefixes of one family. One writer; readers run beside it.
 *
 * <p>Every change reaches readers by one store of one reference: a new node is complete with its children before it is
 * hung in, a node to be pruned is bypassed and keeps its own children for readers that stand on it.
 */
final class Trie {
    private final int maxLength;
    private final boolean v6;
    private final Node root; // the empty prefix: never pruned, so that there is always a parent

    Trie(int maxLength) {
        this.maxLength = maxLength;
        this.v6 = maxLength == 128;
        this.root = new Node(0, 0, 0, v6);
    }

    @Nullable Peer lookup(long high, long low) {
        Peer best = null;
        Node node = root;
        while (node != null && node.common(high, low) >= node.length) {
            Peer owner = node.owner();
            if (owner != null) {
                best = owner;
            }
            if (node.length == maxLength) {
                break;
            }
            node = node.child(node.branch(high, low));
        }
        return best;
    }

    @Nullable Node find(long high, long low, int length) {
        Node node = root;
        while (node != null && node.length < length && node.common(high, low) >= node.length) {
            node = node.child(node.branch(high, low));
        }
        return node != null && node.length == length && node.common(high, low) >= length ? node : null;
    }

    /** The node of this prefix, hung in if it is not there yet. */
    Node place(long high, long low, int length) {
        Node node = root;
        while (node.length < length) {
            int bit = node.branch(high, low);
            Node child = node.child(bit);
            if (child == null) {
                Node leaf = new Node(high, low, length, v6);
                hang(node, bit, leaf);
                return leaf;
            }
            int common = Math.min(Math.min(child.common(high, low), length), child.length);
            if (common < child.length) {
                return split(node, bit, child, new Node(high, low, length, v6), common);
            }
            node = child;
        }
        return node;
    }

    /** Puts the new node between a parent and its child, or both below a new node of their common bits. */
    private Node split(Node parent, int bit, Node child, Node added, int common) {
        Node upper = added;
        if (common < added.length) {
            upper = new Node(Prefix.maskHigh(added.high, common), Prefix.maskLow(added.low, common), common, v6);
            hang(upper, upper.branch(added.high, added.low), added);
        }
        int side = upper.branch(child.high, child.low);
        upper.child(side, child);
        hang(parent, bit, upper);
        child.parent = upper;
        return added;
    }

    /** Leaves the prefix without an owner, and prunes what then serves no purpose. */
    void vacate(Node node) {
        node.owner(null);
        Node parent = node.parent;
        if (parent != null && prune(node, parent)) {
            Node grandparent = parent.parent;
            if (grandparent != null && parent.owner() == null) {
                prune(parent, grandparent);
            }
        }
    }

    /** Takes a node without owner out, unless both children need it to branch. */
    private static boolean prune(Node node, Node parent) {
        Node zero = node.child(0);
        Node one = node.child(1);
        if (zero != null && one != null) {
            return false;
        }
        Node heir = zero != null ? zero : one;
        int bit = parent.branch(node.high, node.low);
        parent.child(bit, heir);
        node.parent = null;
        if (heir != null) {
            heir.parent = parent;
        }
        return true;
    }

    private static void hang(Node parent, int bit, Node child) {
        child.parent = parent;
        parent.child(bit, child);
    }
}
