package io.penstock.node.daemon;

/** Whoever watches over the process: systemd, or nobody. The node's thread. */
interface Supervisor {
    /** Nobody. */
    Supervisor NONE = new Supervisor() {
        @Override
        public void ready() {}

        @Override
        public void alive(String state) {}

        @Override
        public void stopping() {}
    };

    /** The daemon answers callers. */
    void ready();

    /** The node's thread works; said every few seconds. */
    void alive(String state);

    /** The daemon ends. */
    void stopping();
}
