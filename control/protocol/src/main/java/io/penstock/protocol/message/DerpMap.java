package io.penstock.protocol.message;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The relays there are.
 *
 * @param regions by their id, 900 to 999 are for one's own; null: unchanged
 * @param omitDefaultRegions use none but these
 */
public record DerpMap(
        @JsonProperty("HomeParams") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable HomeParams homeParams,

        @JsonProperty("Regions") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<Integer, DerpRegion> regions,

        @JsonProperty("omitDefaultRegions") boolean omitDefaultRegions) {
    public DerpMap {
        regions = regions == null ? null : Zero.map(regions);
    }

    /** Weights for the choice of a home relay. */
    public record HomeParams(
            @JsonProperty("RegionScore") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<Integer, Double> regionScore) {
        public HomeParams {
            regionScore = regionScore == null ? null : Zero.map(regionScore);
        }
    }
}
