package io.penstock.server.map;

import io.penstock.protocol.mapstream.MapFrame;
import io.penstock.protocol.mapstream.Piece;
import io.penstock.protocol.mapstream.PieceCompressor;
import io.penstock.protocol.message.MapResponse;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A message, decided within the domain's lock and written without it.
 *
 * @param peers the whole list, for the first message
 * @param changed peers that are new or told anew
 * @param rest all other fields
 */
record Draft(List<Piece> peers, List<Piece> changed, List<Piece> patches, MapResponse rest) {
    ByteBuffer write(PieceCompressor compressor) {
        return new MapFrame()
                .array("Peers", peers)
                .array("PeersChanged", changed)
                .array("PeersChangedPatch", patches)
                .fields(rest, compressor)
                .finish();
    }
}
