package io.penstock.ffm.netlink;

import static io.penstock.ffm.netlink.Rtnetlink.NLM_F_CREATE;
import static io.penstock.ffm.netlink.Rtnetlink.NLM_F_DUMP;
import static io.penstock.ffm.netlink.Rtnetlink.NLM_F_EXCL;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.udp.Sockets;
import java.util.List;

/** Policy routing rules of one namespace. Belongs to the thread of its {@link Netlink}. */
public final class Rules {
    private final Netlink netlink;

    public Rules(Netlink netlink) {
        this.netlink = netlink;
    }

    /**
     * Adds a rule.
     *
     * @throws ErrnoException EEXIST if there is an equal one
     */
    public void add(Rule rule) throws ErrnoException {
        MessageBuilder message = new MessageBuilder(Rtnetlink.RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
        netlink.request(rule.write(message), "add rule for table " + rule.table());
    }

    /**
     * Removes the first rule that has all that is given.
     *
     * @throws ErrnoException ENOENT if there is none
     */
    public void remove(Rule rule) throws ErrnoException {
        MessageBuilder message = new MessageBuilder(Rtnetlink.RTM_DELRULE, 0);
        netlink.request(rule.write(message), "remove rule for table " + rule.table());
    }

    /** The rules of one family in the order in which they are asked. */
    public List<Rule> list(int family) throws ErrnoException {
        MessageBuilder message = new MessageBuilder(Rtnetlink.RTM_GETRULE, NLM_F_DUMP);
        message.putInt(family).putInt(0).putInt(0);
        String what = family == Sockets.AF_INET6 ? "list IPv6 rules" : "list IPv4 rules";
        return netlink.dump(message, what).stream().map(Rule::of).toList();
    }
}
