package io.penstock.node.daemon.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.penstock.node.api.Preferences;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.MachineKey;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a node goes on with after a restart, without secrets.
 *
 * @param isUp whether it was told to be up
 * @param isRegistered whether its coordinator has let it in, and it has not left since
 * @param coordinator the key that the coordinator has proved, if it ever did
 */
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.ALWAYS)
public record NodeFile(
        boolean isUp, boolean isRegistered, @Nullable MachineKey coordinator, Preferences preferences) {
    /** Of a node that was told nothing. */
    public static final NodeFile NEW = new NodeFile(false, false, null, Preferences.DEFAULT);

    private static final String FILE = "node.json";
    private static final int MAX_BYTES = 1 << 20;

    public NodeFile {
        preferences = preferences == null ? Preferences.DEFAULT : preferences;
    }

    /** Reads it; {@link #NEW} if there is none. */
    public static NodeFile read(StateFolder folder) throws IOException {
        byte[] json = folder.read(FILE, MAX_BYTES);
        if (json == null) {
            return NEW;
        }
        try {
            return Json.read(json, MAX_BYTES, NodeFile.class);
        } catch (MalformedMessageException e) {
            throw new IOException(
                    folder.path().resolve(FILE) + " cannot be read (" + e.getMessage()
                            + "): mend it, or remove it and run `penstock up` again",
                    e);
        }
    }

    public void write(StateFolder folder) throws IOException {
        folder.write(FILE, Json.write(this));
    }
}
