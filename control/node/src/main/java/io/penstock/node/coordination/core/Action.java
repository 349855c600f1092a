package io.penstock.node.coordination.core;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.PingRequest;
import io.penstock.protocol.message.RegisterRequest;

/** What is to be done next. Of each kind of request one at most is under way. */
public sealed interface Action {
    /** Ask for the coordinator's key, then {@link Coordination#onKey} or {@link Coordination#onFailed}. */
    record FetchKey() implements Action {}

    /** Connect to a coordinator that has to have this key, then {@link Coordination#onConnected} or {@link Coordination#onFailed}. */
    record Connect(MachineKey coordinator) implements Action {}

    /** Give everything up that is under way; of what was, nothing is to be reported any more. */
    record Disconnect() implements Action {}

    /** Send it, then {@link Coordination#onRegistered} or {@link Coordination#onRegisterFailed}; it ends the one under way. */
    record Register(RegisterRequest request) implements Action {}

    /** Open a map stream; it takes the place of the one that is open, of which nothing is to be reported any more. */
    record OpenStream(MapRequest request) implements Action {}

    /** Send it, then {@link Coordination#onReported} or {@link Coordination#onReportFailed}; it ends the one under way. */
    record Report(MapRequest request) implements Action {}

    /** Answer it, or not; nothing is to be reported. */
    record Answer(PingRequest ping) implements Action {}

    /** Tell whoever runs the node. */
    record Tell(CoordinationEvent event) implements Action {}
}
