package io.penstock.node.portmap.core;

import io.penstock.wireguard.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * One protocol spoken to one gateway: looks for it, asks for a mapping, renews it, notices that it is lost. Owned by
 * {@link PortMapper}, which asks {@link #stage} after each call.
 */
interface Way {
    /** How far it is. */
    enum Stage {
        /** Before {@link #search}, and while the gateway may still answer. */
        SEARCHING,
        /** The gateway does not speak it. */
        ABSENT,
        /** It does, and was not asked for a mapping. */
        THERE,
        /** It was asked. */
        ASKING,
        /** There is a mapping. */
        MAPPED,
        /** It gave none, or has lost it. */
        REFUSED
    }

    PortMapKind kind();

    Stage stage();

    /** The mapping while it is {@link Stage#MAPPED}. */
    @Nullable Endpoint external();

    /** Why it is {@link Stage#REFUSED}. */
    String refusal();

    /** Once, at the start. */
    void search(long nowNs);

    /** Asks for a mapping of the port; the stage was {@link Stage#THERE} or {@link Stage#REFUSED}. */
    void map(int internalPort, long nowNs);

    /** Ends a mapping, if there is or may be one; the stage is {@link Stage#THERE} afterwards if it was beyond that. */
    void release();

    void onTime(long nowNs);

    long leftNs(long nowNs);
}
