package io.penstock.protocol.policy;

import io.penstock.protocol.hujson.Finding;
import java.util.List;

/** What came of reading a policy file. */
public sealed interface PolicyResult {
    /**
     * A good policy.
     *
     * @param warnings parts that are not in force here, to be shown to the author
     */
    record Good(Policy policy, List<Finding> warnings) implements PolicyResult {}

    /**
     * No policy; the one before stays in force.
     *
     * @param errors at least one, in the order of the file
     */
    record Bad(List<Finding> errors) implements PolicyResult {}
}
