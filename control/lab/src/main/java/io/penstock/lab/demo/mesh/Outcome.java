package io.penstock.lab.demo.mesh;

import io.penstock.lab.demo.mesh.View.Way;
import java.util.Locale;

/**
 * What came of one change.
 *
 * @param gapNs the longest time without an answer that touched the time from the change to the end of the watch; 0 without a gap
 * @param lastedNs from the change to the moment when what it leads to was there
 * @param isReached whether it was there in time
 * @param view at the end
 */
public record Outcome(Change change, long gapNs, long lastedNs, boolean isReached, View view) {
    /** One line for people. */
    public String text() {
        String text = change.text() + ": " + gap();
        return switch (change) {
            case KILL_A, KILL_B ->
                change.text() + ": "
                        + (isReached ? "nothing gets through, " + seconds(gapNs) + " so far" : "traffic goes on?");
            case KILL_COORDINATOR -> text + (isReached ? ", traffic goes on" : "");
            case START_COORDINATOR ->
                text + (isReached ? "" : ", not both gateways are connected after " + seconds(lastedNs));
            case JOIN, START_A, START_B, CUT_UDP, RESTORE_UDP ->
                text + ", " + way() + (isReached ? " after " : " still after ") + seconds(lastedNs);
        };
    }

    private String gap() {
        return gapNs == 0 ? "no gap" : "gap of " + seconds(gapNs);
    }

    private String way() {
        return view.way()
                .map(way -> way == Way.RELAY ? "by the relay" : "direct")
                .orElse("no path");
    }

    static String seconds(long ns) {
        return String.format(Locale.ROOT, "%.2f s", ns / 1e9);
    }
}
