package io.penstock.protocol.policy;

import java.util.BitSet;
import java.util.Set;
import java.util.TreeSet;

/** Nodes that a policy cannot tell apart: the same selectors mean them, as sources and as destinations. */
final class PolicyClass {
    /** By what a class is found. */
    record Key(BitSet sourceWords, BitSet destinationWords) {}

    final Key key;
    final int number;
    /** Rules that have these nodes as sources, and those that have them as destinations other than by {@code self}. */
    final BitSet rulesFrom = new BitSet();

    final BitSet rulesTo = new BitSet();
    /** Rules whose sources are written with the addresses of these nodes, because of who they are. */
    final BitSet rulesNaming = new BitSet();
    /** Rules by which these nodes reach other nodes of their user. */
    final BitSet rulesWithin = new BitSet();
    /** Numbers of the classes whose nodes these nodes see. */
    final BitSet visible = new BitSet();

    final Set<Long> members = new TreeSet<>();

    PolicyClass(Key key, int number, Policy policy) {
        this.key = key;
        this.number = number;
        BitSet identity = (BitSet) key.sourceWords().clone();
        identity.andNot(policy.addressWords()); // those are written as they are in the file
        boolean ofUser = key.sourceWords().get(Selector.MEMBERS);
        for (int i = 0; i < policy.rules().size(); i++) {
            Rule rule = policy.rules().get(i);
            boolean from = Selector.anyOf(rule.sources(), key.sourceWords());
            rulesFrom.set(i, from);
            boolean everything = rule.sources().get(Selector.EVERYTHING);
            rulesNaming.set(i, !everything && Selector.anyOf(rule.sources(), identity));
            rulesTo.set(i, Selector.anyOf(rule.destinations(), key.destinationWords()));
            rulesWithin.set(i, from && ofUser && rule.destinations().get(Selector.SELF));
        }
    }

    /** Whether some rule lets nodes of one of the two reach nodes of the other. */
    boolean sees(PolicyClass other) {
        return rulesFrom.intersects(other.rulesTo) || other.rulesFrom.intersects(rulesTo);
    }
}
