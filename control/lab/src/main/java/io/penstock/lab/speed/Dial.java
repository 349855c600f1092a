package io.penstock.lab.speed;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;

/** Opens a client's connections and says in the user's words why one cannot be opened. */
final class Dial {
    private static final int CONNECT_TIMEOUT_MS = 5_000;

    private Dial() {}

    static ControlConnection control(InetSocketAddress server, int timeoutMs) throws IOException {
        ControlConnection connection = connect(server, timeoutMs);
        connection.send(Hello.encode(Hello.Role.CONTROL, 0, 0));
        return connection;
    }

    /** A data or echo connection that the server has attached to its session. */
    static ControlConnection stream(InetSocketAddress server, Hello.Role role, int stream, long token, int timeoutMs)
            throws IOException {
        ControlConnection connection = connect(server, timeoutMs);
        try {
            connection.send(Hello.encode(role, stream, token));
            connection.receive(FrameType.ATTACHED);
            return connection;
        } catch (IOException e) {
            connection.close();
            throw e;
        }
    }

    static String name(InetSocketAddress server) {
        String host = server.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + server.getPort();
    }

    private static ControlConnection connect(InetSocketAddress server, int timeoutMs) throws IOException {
        if (server.isUnresolved()) {
            throw new SpeedException("the name '" + server.getHostString() + "' has no address");
        }
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(server, CONNECT_TIMEOUT_MS);
            return new ControlConnection(channel, timeoutMs);
        } catch (IOException e) {
            channel.close();
            throw new SpeedException(explain(server, e), e);
        }
    }

    private static String explain(InetSocketAddress server, IOException e) {
        return switch (e) {
            case SocketTimeoutException timeout ->
                name(server) + " does not answer within " + CONNECT_TIMEOUT_MS / 1000
                        + " s: is the path up, and TCP port " + server.getPort() + " open in the firewall?";
            case NoRouteToHostException noRoute -> "there is no route to " + name(server) + ": " + noRoute.getMessage();
            case ConnectException refused
            when String.valueOf(refused.getMessage()).contains("refused") ->
                "no speed server at " + name(server) + " (connection refused): start one there with"
                        + " 'penstock speed --server'";
            default -> "cannot connect to " + name(server) + ": " + e.getMessage();
        };
    }
}
