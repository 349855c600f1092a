package io.penstock.fleet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Strangers who come to a relay with bad input, each as fast as it is let: what is no TLS, what is no HTTP, an upgrade with what is no
 * hello, and one that hangs up. Each comes from an address of its own of 127.2.0.0/16, from {@link #start} to {@link #close}.
 */
final class RelayStrangers implements AutoCloseable {
    private static final int KINDS = 4;
    private static final int LIMIT_MS = 5_000;
    private static final String UPGRADE =
            "GET /derp HTTP/1.1\r\nHost: r\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n\r\n";
    private static final byte[] NO_HELLO = {2, 0, 0, 0, 64};

    private final InetSocketAddress relay;
    private final SSLContext tls;
    private final AtomicLong attacks = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean isOver;

    private RelayStrangers(InetSocketAddress relay) throws GeneralSecurityException {
        this.relay = relay;
        tls = SSLContext.getInstance("TLSv1.3");
        tls.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    }

    static RelayStrangers start(InetSocketAddress relay, int count) throws GeneralSecurityException {
        RelayStrangers strangers = new RelayStrangers(relay);
        for (int i = 0; i < count; i++) {
            int number = i;
            strangers.threads.add(
                    Thread.ofPlatform().name("stranger-", i).daemon().start(() -> strangers.run(number)));
        }
        return strangers;
    }

    /** How often one came so far. */
    long attacks() {
        return attacks.get();
    }

    private void run(int number) {
        for (int turn = number; !isOver; turn++) {
            try (Socket socket = new Socket()) {
                byte[] own = {127, 2, (byte) (1 + number / 250), (byte) (1 + number % 250)};
                socket.bind(new InetSocketAddress(InetAddress.getByAddress(own), 0));
                socket.setSoTimeout(LIMIT_MS);
                socket.connect(relay, LIMIT_MS);
                attack(socket, turn % KINDS);
            } catch (IOException e) {
                // it was refused, reset or let wait: that is what it came for
            }
            attacks.incrementAndGet();
        }
    }

    private void attack(Socket plain, int kind) throws IOException {
        byte[] noise = new byte[512];
        ThreadLocalRandom.current().nextBytes(noise);
        if (kind == 0) {
            plain.getOutputStream().write(noise);
            awaitEnd(plain);
            return;
        }
        try (SSLSocket secure =
                (SSLSocket) tls.getSocketFactory().createSocket(plain, relay.getHostString(), relay.getPort(), false)) {
            switch (kind) {
                case 1 -> secure.getOutputStream().write(noise);
                case 2 -> {
                    secure.getOutputStream().write(UPGRADE.getBytes(US_ASCII));
                    secure.getOutputStream().write(NO_HELLO);
                    secure.getOutputStream().write(noise, 0, 64);
                }
                default -> {
                    secure.getOutputStream().write(UPGRADE.getBytes(US_ASCII), 0, 20);
                    return;
                }
            }
            awaitEnd(secure);
        }
    }

    private static void awaitEnd(Socket socket) throws IOException {
        byte[] room = new byte[1024];
        while (socket.getInputStream().read(room) >= 0) {
            // The relay's key, or an answer of HTTP.
        }
    }

    @Override
    public void close() {
        isOver = true;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // they are daemons, and end by themselves
        }
    }
}
