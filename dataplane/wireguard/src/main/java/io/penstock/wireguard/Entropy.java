package io.penstock.wireguard;

/** Source of unpredictable bytes: keys, indices, nonces, jitter. Tests supply fixed ones. Called by the control agent only. */
public interface Entropy {
    /** Fills the whole array. */
    void fill(byte[] bytes);

    /** Uniform over all 32-bit values. */
    int nextInt();
}
