package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * Orders of the coordinator.
 *
 * @param sleepSeconds wait so long before the next message is read
 * @param disableLogTail send no logs to anybody
 * @param exit end the program with this status
 */
public record Debug(
        @JsonProperty("SleepSeconds") double sleepSeconds,
        @JsonProperty("DisableLogTail") boolean disableLogTail,

        @JsonProperty("Exit") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer exit) {}
