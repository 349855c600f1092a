package io.penstock.transport;

import io.penstock.protocol.ts2021.RecordOpener;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The records of a connection are no good, or there can be no more: the connection is finished. */
public final class RecordException extends IOException {
    private static final long serialVersionUID = 1;

    private final RecordOpener.@Nullable Status status;

    RecordException(RecordOpener.Status status) {
        super("a record of the other side: "
                + status.name().toLowerCase(Locale.ROOT).replace('_', ' '));
        this.status = status;
    }

    RecordException(String message) {
        super(message);
        status = null;
    }

    /** How a record failed to open, if that is what happened. */
    public Optional<RecordOpener.Status> status() {
        return Optional.ofNullable(status);
    }
}
