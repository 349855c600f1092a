package io.penstock.node.portmap;

import io.penstock.protocol.portmap.IgdAction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One HTTP request to a router, with bounds of length and time. Blocks; for threads that may. */
final class GatewayHttp {
    /** What came back; of status 0 if nothing that was whole. */
    static final class Answer {
        static final Answer NONE = new Answer(0, new byte[0]);

        private final int status;
        private final byte[] body;

        private Answer(int status, byte[] body) {
            this.status = status;
            this.body = body;
        }

        int status() {
            return status;
        }

        byte[] body() {
            return body;
        }
    }

    static final int MAX_BODY = 256 << 10;

    private static final int CONNECT_MS = 1000;
    private static final int READ_MS = 2000;
    private static final long WHOLE_NS = TimeUnit.SECONDS.toNanos(6);
    private static final System.Logger LOG = System.getLogger(GatewayHttp.class.getName());

    private GatewayHttp() {}

    /** @param call what to POST; null to GET */
    static Answer request(URI uri, @Nullable IgdAction call) {
        HttpURLConnection connection = null;
        try {
            connection = (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(CONNECT_MS);
            connection.setReadTimeout(READ_MS);
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setRequestProperty("Connection", "close");
            if (call != null) {
                byte[] body = call.body();
                connection.setRequestMethod("POST");
                connection.setRequestProperty("Content-Type", "text/xml; charset=\"utf-8\"");
                connection.setRequestProperty("SOAPAction", call.header());
                connection.setDoOutput(true);
                connection.setFixedLengthStreamingMode(body.length);
                connection.getOutputStream().write(body);
            }
            int status = connection.getResponseCode();
            try (InputStream in = status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
                return status > 0 && in != null ? new Answer(status, read(in)) : Answer.NONE;
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.log(Level.DEBUG, "no answer of {0}: {1}", uri, e.getMessage());
            return Answer.NONE;
        } finally {
            if (connection != null) {
                connection.disconnect();
            }
        }
    }

    private static byte[] read(InputStream in) throws IOException {
        long endNs = System.nanoTime() + WHOLE_NS;
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] part = new byte[4096];
        for (int length = in.read(part); length >= 0; length = in.read(part)) {
            body.write(part, 0, length);
            if (body.size() > MAX_BODY) {
                throw new IOException("more than " + MAX_BODY + " bytes");
            }
            if (System.nanoTime() - endNs > 0) {
                throw new IOException("it takes too long");
            }
        }
        return body.toByteArray();
    }
}
