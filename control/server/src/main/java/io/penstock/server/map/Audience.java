package io.penstock.server.map;

/** Who is told what came of a change. Called within the domain's lock; ids are of nodes, which may have no stream. */
interface Audience {
    /** A peer that the viewer sees, or saw, is another. */
    void onPeer(long viewer, long peer);

    /** What the node knows of itself is another. */
    void onSelf(long id);

    /** What the node lets in may be another. */
    void onFilter(long id);

    /** Whom and what the node sees may be another altogether. */
    void onView(long id);

    /** The user is called something else. */
    void onUser(long userId);

    /** The node may no longer take part. */
    void onOut(long id);
}
