package io.penstock.ffm;

/** Error numbers of Linux (x86-64 and aarch64 agree), their names and a short text. */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int E2BIG = 7;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int ENOTTY = 25;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int ESPIPE = 29;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ERANGE = 34;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOSYS = 38;
    public static final int ENOTEMPTY = 39;
    public static final int ELOOP = 40;
    public static final int ENODATA = 61;
    public static final int EPROTO = 71;
    public static final int EBADMSG = 74;
    public static final int EOVERFLOW = 75;
    public static final int EBADFD = 77;
    public static final int ENOTSOCK = 88;
    public static final int EDESTADDRREQ = 89;
    public static final int EMSGSIZE = 90;
    public static final int EPROTOTYPE = 91;
    public static final int ENOPROTOOPT = 92;
    public static final int EPROTONOSUPPORT = 93;
    public static final int EOPNOTSUPP = 95;
    public static final int EAFNOSUPPORT = 97;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int EISCONN = 106;
    public static final int ENOTCONN = 107;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int EHOSTDOWN = 112;
    public static final int EHOSTUNREACH = 113;
    public static final int EALREADY = 114;
    public static final int EINPROGRESS = 115;
    public static final int ECANCELED = 125;

    /** {@code NUMBER NAME text}, the text being absent for those that a network program does not meet. */
    private static final String TABLE = """
            1 EPERM not permitted
            2 ENOENT no such file
            3 ESRCH no such process
            4 EINTR interrupted
            5 EIO input or output error
            6 ENXIO no such device or address
            7 E2BIG argument too long
            8 ENOEXEC
            9 EBADF bad file descriptor
            10 ECHILD
            11 EAGAIN nothing there yet
            12 ENOMEM out of memory or over a limit
            13 EACCES access denied
            14 EFAULT bad address
            15 ENOTBLK
            16 EBUSY busy or in use
            17 EEXIST exists already
            18 EXDEV
            19 ENODEV no such device
            20 ENOTDIR not a directory
            21 EISDIR is a directory
            22 EINVAL invalid argument
            23 ENFILE too many open files in the system
            24 EMFILE too many open files in this process
            25 ENOTTY the device does not know this request
            26 ETXTBSY
            27 EFBIG file too large
            28 ENOSPC no space left
            29 ESPIPE cannot seek
            30 EROFS read-only file system
            31 EMLINK
            32 EPIPE the other end has closed
            33 EDOM
            34 ERANGE out of range
            35 EDEADLK
            36 ENAMETOOLONG name too long
            37 ENOLCK
            38 ENOSYS the kernel lacks this call
            39 ENOTEMPTY not empty
            40 ELOOP too many symbolic links
            42 ENOMSG
            43 EIDRM
            44 ECHRNG
            45 EL2NSYNC
            46 EL3HLT
            47 EL3RST
            48 ELNRNG
            49 EUNATCH
            50 ENOCSI
            51 EL2HLT
            52 EBADE
            53 EBADR
            54 EXFULL
            55 ENOANO
            56 EBADRQC
            57 EBADSLT
            59 EBFONT
            60 ENOSTR
            61 ENODATA no data
            62 ETIME
            63 ENOSR
            64 ENONET
            65 ENOPKG
            66 EREMOTE
            67 ENOLINK
            68 EADV
            69 ESRMNT
            70 ECOMM
            71 EPROTO protocol error
            72 EMULTIHOP
            73 EDOTDOT
            74 EBADMSG bad message
            75 EOVERFLOW value too large
            76 ENOTUNIQ
            77 EBADFD descriptor in a bad state
            78 EREMCHG
            79 ELIBACC
            80 ELIBBAD
            81 ELIBSCN
            82 ELIBMAX
            83 ELIBEXEC
            84 EILSEQ
            85 ERESTART
            86 ESTRPIPE
            87 EUSERS
            88 ENOTSOCK not a socket
            89 EDESTADDRREQ destination address missing
            90 EMSGSIZE message too long
            91 EPROTOTYPE wrong type of socket
            92 ENOPROTOOPT option not available
            93 EPROTONOSUPPORT protocol not supported
            94 ESOCKTNOSUPPORT
            95 EOPNOTSUPP operation not supported
            96 EPFNOSUPPORT
            97 EAFNOSUPPORT address family not supported
            98 EADDRINUSE address in use
            99 EADDRNOTAVAIL address not available
            100 ENETDOWN network is down
            101 ENETUNREACH network unreachable
            102 ENETRESET
            103 ECONNABORTED connection aborted
            104 ECONNRESET connection reset
            105 ENOBUFS no buffer space
            106 EISCONN already connected
            107 ENOTCONN not connected
            108 ESHUTDOWN
            109 ETOOMANYREFS
            110 ETIMEDOUT timed out
            111 ECONNREFUSED connection refused
            112 EHOSTDOWN host is down
            113 EHOSTUNREACH host unreachable
            114 EALREADY already in progress
            115 EINPROGRESS in progress
            116 ESTALE
            117 EUCLEAN
            118 ENOTNAM
            119 ENAVAIL
            120 EISNAM
            121 EREMOTEIO
            122 EDQUOT
            123 ENOMEDIUM
            124 EMEDIUMTYPE
            125 ECANCELED cancelled
            126 ENOKEY
            127 EKEYEXPIRED
            128 EKEYREVOKED
            129 EKEYREJECTED
            130 EOWNERDEAD
            131 ENOTRECOVERABLE
            132 ERFKILL
            133 EHWPOISON
            """;

    private static final String[] NAMES = new String[134];
    private static final String[] MESSAGES = new String[134];

    static {
        for (String line : TABLE.strip().split("\n", -1)) {
            String[] words = line.split(" ", 3);
            int errno = Integer.parseInt(words[0]);
            NAMES[errno] = words[1];
            MESSAGES[errno] = words.length == 3 ? words[2] : words[1];
        }
    }

    /** The C name, such as {@code "ENOENT"}; {@code "errno 999"} for an unknown number. */
    public static String name(int errno) {
        return errno > 0 && errno < NAMES.length && NAMES[errno] != null ? NAMES[errno] : "errno " + errno;
    }

    /** A short text for people, such as {@code "no such file"}. */
    public static String message(int errno) {
        return errno > 0 && errno < MESSAGES.length && MESSAGES[errno] != null ? MESSAGES[errno] : "unknown error";
    }

    private Errno() {}
}
