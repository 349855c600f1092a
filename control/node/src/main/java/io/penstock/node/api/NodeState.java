package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a node does. */
public enum NodeState {
    /** Nothing: it was not told to be up. */
    STOPPED,
    /** It asks the coordinator to let it in, or for its first map. */
    STARTING,
    /** It waits for its user to log in, at the login URL of the status. */
    NEEDS_LOGIN,
    /** It has a map, the one of before perhaps, and forwards. */
    RUNNING;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
