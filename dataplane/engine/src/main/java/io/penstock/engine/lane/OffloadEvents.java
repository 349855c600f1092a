package io.penstock.engine.lane;

/** Told, at most a few times in a lane's life, that the kernel refused an offload and the lane goes on without it. */
public interface OffloadEvents {
    void onTcpMergeRefused();

    void onUdpMergeRefused();

    /** {@code UDP_SEGMENT} was refused with {@code errno}. */
    void onSegmentOffloadRefused(int errno);
}
