package io.penstock.node.coordination.core;

import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.mapstream.MapFrameDecoder;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.PingRequest;
import io.penstock.protocol.netmap.MapSession;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.function.Consumer;

/** Reads a map stream into maps. Holds native memory until it is closed. */
public final class NetMapReader implements MapReader {
    private final MapFrameDecoder decoder = new MapFrameDecoder();
    private final MapSession session = new MapSession();

    @Override
    public void read(ByteBuffer in, Instant now, Consumer<MapNews> news) throws MalformedMessageException {
        for (MapResponse message = decoder.decode(in); message != null; message = decoder.decode(in)) {
            PingRequest ping = session.newPing(message);
            if (ping != null) {
                news.accept(new MapNews.Pinged(ping));
            }
            switch (session.apply(message, now)) {
                case MapSession.Outcome.Changed changed ->
                    news.accept(new MapNews.Changed(changed.map(), changed.touchedPeers()));
                case MapSession.Outcome.Unchanged unchanged -> {}
                case MapSession.Outcome.Refused refused -> throw new MalformedMessageException(refused.reason());
            }
        }
    }

    @Override
    public void close() {
        decoder.close();
    }
}
