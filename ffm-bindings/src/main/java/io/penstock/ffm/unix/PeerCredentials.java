package io.penstock.ffm.unix;

/** Who connected, as the kernel saw it at that moment: {@code struct ucred}. */
public record PeerCredentials(int pid, int uid, int gid) {
    public static final int SIZE = 12;
}
