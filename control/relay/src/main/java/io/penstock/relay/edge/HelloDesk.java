package io.penstock.relay.edge;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.derp.ServerGreeting;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.relay.core.Admission;
import io.penstock.relay.core.CloseReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Opens hellos, which costs a key agreement each, on threads of its own, so that a flood of them does not hold up those who
 * are in. A bounded number waits. Thread-safe.
 */
final class HelloDesk implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HelloDesk.class.getName());
    private static final int THREADS = 2;
    private static final int MAX_WAITING = 512;

    private final RelayIdentity identity;
    private final @Nullable MeshKey meshKey;
    private final Admission admission;
    private final ServerGreeting answer;
    private final Entropy entropy;
    private final ThreadPoolExecutor threads;

    HelloDesk(
            RelayIdentity identity,
            @Nullable MeshKey meshKey,
            Admission admission,
            ServerGreeting answer,
            Entropy entropy) {
        this.identity = identity;
        this.meshKey = meshKey;
        this.admission = admission;
        this.answer = answer;
        this.entropy = entropy;
        threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_WAITING),
                Thread.ofPlatform().name("relay-hello-", 0).daemon().factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /** Calls {@code then} with the outcome, once, on any thread. */
    void open(NodeKey key, byte[] sealed, Endpoint source, Consumer<Hello> then) {
        try {
            threads.execute(() -> openNow(key, sealed, source, then));
        } catch (RejectedExecutionException e) {
            then.accept(new Hello.Refused(CloseReason.HELLO_OVERLOAD));
        }
    }

    private void openNow(NodeKey key, byte[] sealed, Endpoint source, Consumer<Hello> then) {
        Box box = identity.boxWith(key);
        Greeting greeting = box == null ? null : greeting(box.open(sealed));
        if (box == null || greeting == null) {
            then.accept(new Hello.Refused(CloseReason.BAD_HELLO));
            return;
        }
        boolean isMesh = meshKey != null && meshKey.matches(greeting.meshKey());
        Hello welcome = new Hello.Welcome(
                greeting, isMesh, new Frame.ServerInfo(ByteBuffer.wrap(box.seal(answer.encode(), entropy))));
        if (isMesh) {
            then.accept(welcome);
            return;
        }
        try {
            admission
                    .admits(key, source)
                    .whenComplete((isAdmitted, failure) -> then.accept(decide(isAdmitted, failure, welcome)));
        } catch (RuntimeException e) {
            then.accept(decide(null, e, welcome));
        }
    }

    private static Hello decide(@Nullable Boolean isAdmitted, @Nullable Throwable failure, Hello welcome) {
        if (failure != null || isAdmitted == null) {
            LOG.log(Level.DEBUG, "nobody says whether a client may come in", failure);
            return new Hello.Refused(CloseReason.ADMISSION_FAILED);
        }
        return isAdmitted ? welcome : new Hello.Refused(CloseReason.NOT_ADMITTED);
    }

    private static @Nullable Greeting greeting(byte @Nullable [] json) {
        if (json == null) {
            return null;
        }
        try {
            Greeting greeting = Greeting.decode(json);
            return greeting.version() == Greeting.VERSION ? greeting : null;
        } catch (MalformedMessageException e) {
            return null;
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
