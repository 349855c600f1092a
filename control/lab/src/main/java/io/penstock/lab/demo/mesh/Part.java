package io.penstock.lab.demo.mesh;

/** What can be killed. */
public enum Part {
    COORDINATOR("coordinator"),
    GATEWAY_A("gateway A"),
    GATEWAY_B("gateway B");

    private final String text;

    Part(String text) {
        this.text = text;
    }

    /** For people. */
    public String text() {
        return text;
    }
}
