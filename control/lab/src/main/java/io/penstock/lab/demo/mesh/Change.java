package io.penstock.lab.demo.mesh;

/** What is done to a mesh, one thing at a time. */
public enum Change {
    /** Everything was built; nobody has touched it yet. */
    JOIN("joined"),
    KILL_COORDINATOR("coordinator killed"),
    START_COORDINATOR("coordinator started"),
    KILL_A("gateway A killed"),
    START_A("gateway A started"),
    KILL_B("gateway B killed"),
    START_B("gateway B started"),
    CUT_UDP("UDP between the sites cut"),
    RESTORE_UDP("UDP between the sites restored");

    private final String text;

    Change(String text) {
        this.text = text;
    }

    /** What was done, for people. */
    public String text() {
        return text;
    }

    static Change kill(Part part) {
        return switch (part) {
            case COORDINATOR -> KILL_COORDINATOR;
            case GATEWAY_A -> KILL_A;
            case GATEWAY_B -> KILL_B;
        };
    }

    static Change start(Part part) {
        return switch (part) {
            case COORDINATOR -> START_COORDINATOR;
            case GATEWAY_A -> START_A;
            case GATEWAY_B -> START_B;
        };
    }
}
