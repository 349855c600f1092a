package io.penstock.engine.lane;

import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.peer.TouchedPeers;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A lane sends to a peer while another thread retires what came from it. Each leaves its marks and announces the peer; the
 * control agent is to be woken by one of the two, since something is unanswered or unreplied in every order.
 */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "The sender announced the peer.")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "The receiver did.")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "Nobody did: the timers would not start.")
@Outcome(id = "true, true", expect = Expect.FORBIDDEN, desc = "Both did: the peer would be in the list twice.")
@State
public class MarksStress {
    private static final PublicKey KEY = PublicKey.of(new byte[32]);

    private final TouchedPeers touched = new TouchedPeers();
    private final Peer peer = new Peer(KEY, 0);
    private boolean bySender;
    private boolean byReceiver;

    /** The lane. */
    @Actor
    public void send() {
        peer.activity().onDataSent(1);
        bySender = touched.add(peer);
    }

    /** A worker. */
    @Actor
    public void receive() {
        peer.activity().onDataReceived(1);
        byReceiver = touched.add(peer);
    }

    /** After both. */
    @Arbiter
    public void look(ZZ_Result result) {
        result.r1 = bySender;
        result.r2 = byReceiver;
    }
}
