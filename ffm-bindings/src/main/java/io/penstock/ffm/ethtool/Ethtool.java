package io.penstock.ffm.ethtool;

/** Numbers of linux/ethtool.h and linux/sockios.h, and the layout of its structs. */
public final class Ethtool {
    public static final int SIOCETHTOOL = 0x8946;
    public static final int ETHTOOL_GSTRINGS = 0x1b;
    public static final int ETHTOOL_GSSET_INFO = 0x37;
    public static final int ETHTOOL_GFEATURES = 0x3a;
    public static final int ETHTOOL_SFEATURES = 0x3b;
    public static final int ETH_SS_FEATURES = 4;
    public static final int ETH_GSTRING_LEN = 32;

    /** {@code struct ethtool_sset_info}: command, reserved, mask of sets, then the count of each set. */
    public static final int SSET_INFO_DATA_OFFSET = 16;

    public static final int SSET_INFO_MASK_OFFSET = 8;

    /** {@code struct ethtool_gstrings}: command, set, count, then the strings. */
    public static final int GSTRINGS_DATA_OFFSET = 12;

    public static final int GSTRINGS_SET_OFFSET = 4;
    public static final int GSTRINGS_LEN_OFFSET = 8;

    /** {@code struct ethtool_gfeatures} and {@code ethtool_sfeatures}: command, count of blocks, then the blocks. */
    public static final int FEATURES_OFFSET = 8;

    public static final int FEATURES_COUNT_OFFSET = 4;

    /** {@code struct ethtool_get_features_block}: 32 features. */
    public static final int GET_BLOCK_END_OFFSET = 16;

    public static final int GET_BLOCK_AVAILABLE_OFFSET = 0;
    public static final int GET_BLOCK_ACTIVE_OFFSET = 8;
    public static final int GET_BLOCK_NEVER_CHANGED_OFFSET = 12;

    /** {@code struct ethtool_set_features_block}. */
    public static final int SET_BLOCK_END_OFFSET = 8;

    public static final int SET_BLOCK_VALID_OFFSET = 0;
    public static final int SET_BLOCK_REQUESTED_OFFSET = 4;

    private Ethtool() {}
}
