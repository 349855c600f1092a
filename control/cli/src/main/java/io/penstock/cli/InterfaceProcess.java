package io.penstock.cli;

import io.penstock.engine.Tunnel;
import io.penstock.engine.TunnelOptions;
import io.penstock.engine.aead.EngineUnavailableException;
import io.penstock.engine.uapi.UapiServer;
import io.penstock.engine.wire.WireListener;
import io.penstock.ffm.ErrnoException;
import io.penstock.wireguard.Protocol;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The life of {@code penstock wg}: interface and control socket come up, the launcher is told, and when the device or the
 * socket file is removed or a signal arrives, both go. One for each process.
 */
final class InterfaceProcess {
    /** For tests only: a rekey every two minutes is too slow for them. */
    private static final String REKEY_AFTER = "penstock.test.rekeyAfterSeconds";

    private final WgRequest request;
    private final WgEnvironment environment;

    // Guarded by this: the thread of a signal closes what the main thread has opened.
    private @Nullable Tunnel tunnel;
    private @Nullable UapiServer server;
    private boolean closing;

    private InterfaceProcess(WgRequest request, WgEnvironment environment) {
        this.request = request;
        this.environment = environment;
    }

    /**
     * Runs until the interface ends.
     *
     * @return the exit code
     * @throws CommandFailure if the interface cannot be made; nothing is left behind then
     */
    static int run(WgRequest request, WgEnvironment environment) throws CommandFailure {
        if (environment.tunFd() < 0) {
            InterfaceName.check(request.interfaceName());
        }
        if (environment.readyFd() >= 0) {
            Launcher.check(environment.readyFd());
        }
        return new InterfaceProcess(request, environment).run();
    }

    private int run() throws CommandFailure {
        Thread onSignal = Thread.ofPlatform().name("signal").unstarted(this::endBySignal);
        Runtime.getRuntime().addShutdownHook(onSignal);
        try {
            Tunnel running = open();
            if (environment.readyFd() >= 0) {
                Launcher.release(environment.readyFd(), environment.logLevel().keepsOutput());
            }
            running.awaitClosed();
            return ExitCode.OK;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.FAILED;
        } finally {
            close();
        }
    }

    private Tunnel open() throws CommandFailure {
        ErrorLogger log = new ErrorLogger(request.interfaceName(), environment.logLevel(), System.err);
        Tunnel opened = openTunnel(log);
        UapiServer socket = openSocket(opened.name());
        synchronized (this) {
            server = socket;
            if (closing) {
                socket.close();
            } else {
                socket.start(opened.configuration(), this::close, log);
            }
        }
        return opened;
    }

    private Tunnel openTunnel(ErrorLogger log) throws CommandFailure {
        Duration rekeyAfter =
                Duration.ofSeconds(Long.getLong(REKEY_AFTER, Protocol.REKEY_AFTER_TIME_NS / 1_000_000_000));
        TunnelOptions options = new TunnelOptions(
                request.interfaceName(),
                environment.tunFd(),
                request.aead(),
                request.parallelism(),
                environment.stateDirectory(),
                rekeyAfter,
                log,
                WireListener.NONE);
        try {
            Tunnel opened = Tunnel.open(options);
            synchronized (this) {
                tunnel = opened;
                if (closing) {
                    opened.close();
                }
            }
            return opened;
        } catch (ErrnoException e) {
            throw OpenFailure.ofDevice(e, request.interfaceName(), environment.tunFd());
        } catch (EngineUnavailableException | IOException e) {
            throw new CommandFailure(request.interfaceName() + ": " + e.getMessage());
        }
    }

    private UapiServer openSocket(String interfaceName) throws CommandFailure {
        try {
            return environment.uapiFd() >= 0
                    ? UapiServer.adopt(environment.uapiFd(), interfaceName)
                    : UapiServer.open(interfaceName);
        } catch (ErrnoException e) {
            throw OpenFailure.ofSocket(e, interfaceName, environment.uapiFd());
        }
    }

    /** Exit code 0, as wireguard-go has it, and not the JVM's 128 and the number of the signal. */
    private void endBySignal() {
        boolean ended;
        synchronized (this) {
            ended = closing;
        }
        if (!ended) {
            close();
            Runtime.getRuntime().halt(ExitCode.OK);
        }
    }

    private void close() {
        Tunnel opened;
        UapiServer socket;
        synchronized (this) {
            closing = true;
            opened = tunnel;
            socket = server;
        }
        if (socket != null) {
            socket.close();
        }
        if (opened != null) {
            opened.close();
        }
    }
}
