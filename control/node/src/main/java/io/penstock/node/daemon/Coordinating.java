package io.penstock.node.daemon;

import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.NodeStatus;
import io.penstock.node.daemon.core.NodeAction;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import java.io.IOException;
import java.util.function.Consumer;

/** One node's conversation with its coordinator. Any thread. */
interface Coordinating extends AutoCloseable {
    /** Begins conversations. */
    interface Factory extends AutoCloseable {
        /**
         * Begins one.
         *
         * @param machine stays the caller's until after {@link Coordinating#close}
         * @param listener is told everything, on a thread that it must not hold up
         */
        Coordinating start(NodeAction.StartCoordination how, PrivateKey machine, Consumer<CoordinationEvent> listener)
                throws IOException;

        /** Ends what all of them share. */
        @Override
        void close();
    }

    void report(NodeStatus status);

    void rotateTo(NodeKey key, String authKey);

    void logout();

    /** The host has other addresses, and another way to others perhaps. */
    void onNetworkChanged(boolean isElsewhere);

    @Override
    void close();
}
