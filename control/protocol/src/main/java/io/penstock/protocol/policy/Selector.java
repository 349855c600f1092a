package io.penstock.protocol.policy;

import java.util.BitSet;

/** What a word of the file in the place of a source, a destination or an owner means. */
sealed interface Selector {
    /** {@code *}: everybody and everything. */
    record Everything() implements Selector {}

    /** {@code autogroup:member}: nodes of users. */
    record Members() implements Selector {}

    /** {@code autogroup:tagged}: nodes with tags. */
    record Tagged() implements Selector {}

    /** {@code autogroup:self}, as a destination: nodes of the same user as the source. */
    record Self() implements Selector {}

    /** {@code autogroup:internet}, as a destination: what is behind exit nodes. */
    record Internet() implements Selector {}

    /** {@code autogroup:admin}. */
    record Admins() implements Selector {}

    record User(String loginName) implements Selector {}

    record Group(String name) implements Selector {}

    record Tag(String name) implements Selector {}

    /**
     * An address, a prefix or a name of the section {@code hosts}: these addresses and no others, so not what else the node has
     * that owns one of them.
     */
    record Addresses(IpSet set) implements Selector {}

    int EVERYTHING = 0;
    int MEMBERS = 1;
    int TAGGED = 2;
    int SELF = 3;
    int INTERNET = 4;
    int ADMINS = 5;

    /** Whether one set has something of the other: any word of a rule that means a node. */
    static boolean anyOf(BitSet words, BitSet node) {
        return words.intersects(node);
    }
}
