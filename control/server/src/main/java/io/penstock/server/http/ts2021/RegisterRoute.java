package io.penstock.server.http.ts2021;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.server.http.AttemptLimiter;
import io.penstock.server.machine.JoinDecisions;
import io.penstock.server.machine.Registrations;
import io.penstock.server.model.JoinRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * {@code POST /machine/register}. A node that waits for its login holds a stream and a timer, and no thread: until somebody
 * decides, or until its link has expired, when it gets another one. A place gets so many links and no more, since there is room
 * for a bounded number of them, and a machine key costs nothing. Thread-safe.
 */
final class RegisterRoute {
    private static final Duration BEHIND_THE_END = Duration.ofMillis(100);

    /** Links that one place gets at once, and then one for each interval; they are as many as there is room for in all. */
    static final int LINKS = 20;

    private static final long LINK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int MAX_PLACES = 10_000;

    private final Registrations registrations;
    private final JoinDecisions decisions;
    private final InstantSource clock;
    private final Ts2021Counters counters;
    private final AttemptLimiter links = new AttemptLimiter(LINKS, LINK_INTERVAL_NS, MAX_PLACES);

    RegisterRoute(Registrations registrations, JoinDecisions decisions, InstantSource clock, Ts2021Counters counters) {
        this.registrations = registrations;
        this.decisions = decisions;
        this.clock = clock;
        this.counters = counters;
    }

    void handle(MachineConnection connection, Channel request, RegisterRequest message) {
        connection.work(request, () -> decide(connection, request, message));
    }

    /** On a worker, as all below. */
    private void decide(MachineConnection connection, Channel request, RegisterRequest message) {
        if (!links.mayTry(connection.from(), System.nanoTime()) && registrations.mayNeedLink(message)) {
            counters.tooManyLinks.increment();
            Replies.later(request);
            return;
        }
        switch (registrations.register(connection.machine(), message, connection.from())) {
            case Registrations.Outcome.Answer answer -> {
                if (!answer.response().authUrl().isEmpty()) {
                    var _ = links.tryOnce(connection.from(), System.nanoTime()); // two at once may take one too many
                }
                reply(request, answer);
            }
            case Registrations.Outcome.Wait wait -> await(connection, request, message, wait.request());
        }
    }

    private static void reply(Channel request, Registrations.Outcome.Answer answer) {
        Replies.json(request, HttpResponseStatus.OK, answer.response().encode());
    }

    private void await(MachineConnection connection, Channel request, RegisterRequest message, JoinRequest asked) {
        AtomicBoolean answered = new AtomicBoolean();
        Runnable again = () -> {
            if (answered.compareAndSet(false, true)) {
                handle(connection, request, message);
            }
        };
        Optional<JoinDecisions.Waiter> place = decisions.await(asked.id(), again);
        if (place.isEmpty()) {
            counters.overloaded.increment();
            Replies.later(request);
            return;
        }
        // Somebody may have decided before the place was taken.
        if (registrations.register(connection.machine(), message, connection.from())
                instanceof Registrations.Outcome.Answer answer) {
            place.get().leave();
            if (answered.compareAndSet(false, true)) {
                reply(request, answer);
            }
            return;
        }
        Duration left = Duration.between(clock.instant(), asked.expires()).plus(BEHIND_THE_END);
        Future<?> end = request.eventLoop().schedule(again, Math.max(0, left.toMillis()), TimeUnit.MILLISECONDS);
        request.closeFuture().addListener(closed -> {
            end.cancel(false);
            place.get().leave();
        });
    }
}
