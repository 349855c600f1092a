package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Relays of one place, any of which does.
 *
 * @param noMeasureNoHome never a home, still used for peers at home there
 */
public record DerpRegion(
        @JsonProperty("RegionID") @JsonInclude(JsonInclude.Include.ALWAYS)
        int regionId,

        @JsonProperty("RegionCode") @JsonInclude(JsonInclude.Include.ALWAYS)
        String regionCode,

        @JsonProperty("RegionName") @JsonInclude(JsonInclude.Include.ALWAYS)
        String regionName,

        @JsonProperty("Latitude") double latitude,
        @JsonProperty("Longitude") double longitude,
        @JsonProperty("Avoid") boolean avoid,
        @JsonProperty("NoMeasureNoHome") boolean noMeasureNoHome,

        @JsonProperty("Nodes") @JsonInclude(JsonInclude.Include.ALWAYS)
        List<DerpNode> nodes) {
    public DerpRegion {
        regionCode = Zero.text(regionCode);
        regionName = Zero.text(regionName);
        nodes = Zero.list(nodes);
    }
}
