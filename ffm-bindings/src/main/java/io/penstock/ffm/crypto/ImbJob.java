package io.penstock.ffm.crypto;

import io.penstock.ffm.Memory;

/** {@code struct IMB_JOB} of intel-ipsec-mb.h 1.3, by address: one packet to seal or open. */
public final class ImbJob {
    public static final int SIZE = 200;
    public static final int ENC_KEYS_OFFSET = 0;
    public static final int DEC_KEYS_OFFSET = 8;
    public static final int KEY_LEN_OFFSET = 16;
    public static final int SRC_OFFSET = 24;
    public static final int DST_OFFSET = 32;
    public static final int CIPHER_START_OFFSET = 40;
    public static final int CIPHER_LEN_OFFSET = 48;
    public static final int HASH_START_OFFSET = 56;
    public static final int HASH_LEN_OFFSET = 64;
    public static final int IV_OFFSET = 72;
    public static final int IV_LEN_OFFSET = 80;
    public static final int TAG_OFFSET = 88;
    public static final int TAG_LEN_OFFSET = 96;
    public static final int AAD_OFFSET = 104;
    public static final int AAD_LEN_OFFSET = 112;
    public static final int STATUS_OFFSET = 128;
    public static final int CIPHER_MODE_OFFSET = 132;
    public static final int CIPHER_DIRECTION_OFFSET = 136;
    public static final int HASH_ALG_OFFSET = 140;
    public static final int CHAIN_ORDER_OFFSET = 144;

    public static final int IMB_STATUS_COMPLETED = 3;
    public static final int IMB_CIPHER_CHACHA20_POLY1305 = 19;
    public static final int IMB_AUTH_CHACHA20_POLY1305 = 29;
    public static final int IMB_DIR_ENCRYPT = 1;
    public static final int IMB_DIR_DECRYPT = 2;
    public static final int IMB_ORDER_CIPHER_HASH = 1;
    public static final int IMB_ORDER_HASH_CIPHER = 2;

    /** Describes sealing one packet of ChaCha20-Poly1305 without associated data; key 32, iv 12, tag 16 bytes. */
    public static void setSeal(long job, long key, long iv, long source, long destination, long lengthBytes, long tag) {
        set(job, key, iv, source, destination, lengthBytes, tag);
        Memory.putInt(job + CIPHER_DIRECTION_OFFSET, IMB_DIR_ENCRYPT);
        Memory.putInt(job + CHAIN_ORDER_OFFSET, IMB_ORDER_CIPHER_HASH);
    }

    /** Describes opening one packet; the library writes the tag it computed, and the caller compares. */
    public static void setOpen(long job, long key, long iv, long source, long destination, long lengthBytes, long tag) {
        set(job, key, iv, source, destination, lengthBytes, tag);
        Memory.putInt(job + CIPHER_DIRECTION_OFFSET, IMB_DIR_DECRYPT);
        Memory.putInt(job + CHAIN_ORDER_OFFSET, IMB_ORDER_HASH_CIPHER);
    }

    public static int status(long job) {
        return Memory.getInt(job + STATUS_OFFSET);
    }

    private static void set(long job, long key, long iv, long source, long destination, long lengthBytes, long tag) {
        Memory.putLong(job + ENC_KEYS_OFFSET, key);
        Memory.putLong(job + DEC_KEYS_OFFSET, key);
        Memory.putLong(job + KEY_LEN_OFFSET, 32);
        Memory.putLong(job + SRC_OFFSET, source);
        Memory.putLong(job + DST_OFFSET, destination);
        Memory.putLong(job + CIPHER_START_OFFSET, 0);
        Memory.putLong(job + CIPHER_LEN_OFFSET, lengthBytes);
        Memory.putLong(job + HASH_START_OFFSET, 0);
        Memory.putLong(job + HASH_LEN_OFFSET, lengthBytes);
        Memory.putLong(job + IV_OFFSET, iv);
        Memory.putLong(job + IV_LEN_OFFSET, 12);
        Memory.putLong(job + TAG_OFFSET, tag);
        Memory.putLong(job + TAG_LEN_OFFSET, 16);
        Memory.putLong(job + AAD_OFFSET, 0);
        Memory.putLong(job + AAD_LEN_OFFSET, 0);
        Memory.putInt(job + CIPHER_MODE_OFFSET, IMB_CIPHER_CHACHA20_POLY1305);
        Memory.putInt(job + HASH_ALG_OFFSET, IMB_AUTH_CHACHA20_POLY1305);
    }

    private ImbJob() {}
}
