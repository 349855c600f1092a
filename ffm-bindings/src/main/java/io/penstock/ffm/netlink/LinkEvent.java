package io.penstock.ffm.netlink;

/** What {@link LinkMonitor} saw. */
public sealed interface LinkEvent {
    /** A link is new or has changed: up, down, MTU, name. */
    record Changed(Link link) implements LinkEvent {}

    /** A link was deleted. */
    record Deleted(int index, String name) implements LinkEvent {}

    /** A link went to another namespace and has {@code newIndex} there (0 before Linux 4.16). */
    record Moved(int index, String name, int newIndex) implements LinkEvent {}

    /** Events were lost because nobody read them: list the links again. */
    record Overrun() implements LinkEvent {}
}
