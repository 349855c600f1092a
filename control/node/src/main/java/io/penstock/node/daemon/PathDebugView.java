package io.penstock.node.daemon;

import io.penstock.node.api.PathDebug;
import io.penstock.node.api.PeerPath;
import io.penstock.node.path.core.CandidateView;
import io.penstock.node.path.core.PathDetail;
import io.penstock.node.path.core.PathNote;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** What the path finder knows of a peer, as the local API tells it. Stateless. */
final class PathDebugView {
    private static final double NS_PER_MS = 1e6;
    private static final int NS_PER_US = 1000;

    private final PathDetail detail;
    private final IntFunction<String> code;

    private PathDebugView(PathDetail detail, IntFunction<String> code) {
        this.detail = detail;
        this.code = code;
    }

    /**
     * As a message.
     *
     * @param code the name of a region
     */
    static PathDebug of(
            PathDetail detail,
            String peer,
            String overlay,
            NodeKey key,
            PeerPath path,
            int tunnelMtu,
            IntFunction<String> code,
            Instant now) {
        PathDebugView view = new PathDebugView(detail, code);
        return new PathDebug(
                peer,
                overlay,
                key,
                now,
                path,
                detail.view().isActive(),
                detail.isTrusted(),
                view.relay(detail.region()),
                !detail.isRelayDown(),
                tunnelMtu,
                text(detail.view().narrow()),
                detail.view().fullBytes(),
                detail.candidates().stream().map(PathDebugView::candidate).toList(),
                detail.notes().stream().map(view::event).toList(),
                detail.dropped());
    }

    private static PathDebug.Candidate candidate(CandidateView candidate) {
        List<String> knownBy = candidate.sources().stream()
                .map(source -> source.name().toLowerCase(Locale.ROOT))
                .toList();
        return new PathDebug.Candidate(
                candidate.endpoint().toString(),
                knownBy,
                PathDebug.Verdict.valueOf(candidate.verdict().name()),
                candidate.pings(),
                candidate.answers(),
                candidate.pingedAgoNs() < 0 ? null : (Long) (candidate.pingedAgoNs() / 1_000_000),
                candidate.answeredAgoNs() < 0 ? null : (Long) (candidate.answeredAgoNs() / 1_000_000),
                candidate.roundTripNs() < 0 ? null : (Double) ms(candidate.roundTripNs()),
                candidate.mtuBytes() == 0 ? null : (Integer) candidate.mtuBytes(),
                candidate.deaths(),
                candidate.restsForNs() / 1_000_000);
    }

    private PathDebug.Event event(PathNote note) {
        boolean isTime = note.kind() == PathNote.Kind.PONG || note.kind() == PathNote.Kind.KEPT;
        boolean isLength = note.kind() == PathNote.Kind.CARRIES
                || note.kind() == PathNote.Kind.NARROW
                || note.kind() == PathNote.Kind.WIDE;
        return new PathDebug.Event(
                note.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                (detail.nowNs() - note.atNs()) / NS_PER_US,
                (detail.nowNs() - note.untilNs()) / NS_PER_US,
                text(note.endpoint()),
                relay(note.region()),
                isTime ? (Double) ms(note.value()) : null,
                isLength ? (Integer) (int) note.value() : null,
                note.kind() == PathNote.Kind.CALLED ? (int) note.value() : note.count());
    }

    private @Nullable String relay(int region) {
        return region == 0 ? null : code.apply(region);
    }

    private static @Nullable String text(@Nullable Endpoint endpoint) {
        return endpoint == null ? null : endpoint.withoutLocal().toString();
    }

    private static double ms(long ns) {
        return Math.round(ns / 1000.0) / (NS_PER_MS / 1000);
    }
}
