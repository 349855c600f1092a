package io.penstock.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.ffm.crypto.ImbJob;
import io.penstock.ffm.crypto.IpsecMb;
import io.penstock.ffm.crypto.LibCrypto;
import io.penstock.ffm.ethtool.Ethtool;
import io.penstock.ffm.netlink.Rtnetlink;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.terminal.Termios;
import io.penstock.ffm.terminal.WinSize;
import io.penstock.ffm.tun.Ifreq;
import io.penstock.ffm.tun.Tun;
import io.penstock.ffm.tun.VirtioNetHeader;
import io.penstock.ffm.udp.CMsg;
import io.penstock.ffm.udp.IoVec;
import io.penstock.ffm.udp.MMsgHdr;
import io.penstock.ffm.udp.MsgHdr;
import io.penstock.ffm.udp.PktInfo;
import io.penstock.ffm.udp.SockAddr;
import io.penstock.ffm.udp.SockFilter;
import io.penstock.ffm.udp.Sockets;
import io.penstock.ffm.unix.PeerCredentials;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares every offset, size and constant with what the C compiler says. Needs cc and the headers of libipsec-mb and OpenSSL. */
class CStructsTest {
    private static final String HEADERS = """
            #define _GNU_SOURCE
            #include <asm/termbits.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <net/if.h>
            #include <linux/if_tun.h>
            #include <linux/virtio_net.h>
            #include <linux/rtnetlink.h>
            #include <linux/if_link.h>
            #include <linux/netfilter/nfnetlink.h>
            #include <linux/ethtool.h>
            #include <linux/fib_rules.h>
            #include <linux/filter.h>
            #include <linux/sock_diag.h>
            #include <linux/sockios.h>
            #include <linux/veth.h>
            #include <netinet/in.h>
            #include <netinet/tcp.h>
            #include <linux/udp.h>
            #include <poll.h>
            #include <sched.h>
            #include <signal.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <sys/eventfd.h>
            #include <sys/file.h>
            #include <sys/inotify.h>
            #include <sys/ioctl.h>
            #include <sys/mman.h>
            #include <sys/mount.h>
            #include <sys/prctl.h>
            #include <sys/resource.h>
            #include <sys/socket.h>
            #include <sys/un.h>
            #include <openssl/evp.h>
            #include <intel-ipsec-mb.h>
            #ifndef SOL_UDP
            #define SOL_UDP 17
            #endif
            #ifndef TUN_F_USO4 /* headers before Linux 6.2: nothing to compare with */
            #define TUN_F_USO4 0x20
            #define TUN_F_USO6 0x40
            #define VIRTIO_NET_HDR_GSO_UDP_L4 5
            #define IFLA_GSO_IPV4_MAX_SIZE 63
            #define IFLA_GRO_IPV4_MAX_SIZE 64
            #endif
            """;

    private final Map<String, Long> expected = new LinkedHashMap<>();

    @TempDir
    private Path directory;

    @Test
    void socketStructsAreThoseOfC() throws Exception {
        struct("struct iovec", IoVec.SIZE, Map.of("iov_base", IoVec.BASE_OFFSET, "iov_len", IoVec.LEN_OFFSET));
        struct(
                "struct msghdr",
                MsgHdr.SIZE,
                Map.of(
                        "msg_name", MsgHdr.NAME_OFFSET,
                        "msg_namelen", MsgHdr.NAMELEN_OFFSET,
                        "msg_iov", MsgHdr.IOV_OFFSET,
                        "msg_iovlen", MsgHdr.IOVLEN_OFFSET,
                        "msg_control", MsgHdr.CONTROL_OFFSET,
                        "msg_controllen", MsgHdr.CONTROLLEN_OFFSET,
                        "msg_flags", MsgHdr.FLAGS_OFFSET));
        struct("struct mmsghdr", MMsgHdr.SIZE, Map.of("msg_hdr", MMsgHdr.HDR_OFFSET, "msg_len", MMsgHdr.LEN_OFFSET));
        struct(
                "struct cmsghdr",
                CMsg.SIZE,
                Map.of("cmsg_len", CMsg.LEN_OFFSET, "cmsg_level", CMsg.LEVEL_OFFSET, "cmsg_type", CMsg.TYPE_OFFSET));
        struct("struct sockaddr_in", SockAddr.SIZE4, Map.of("sin_family", 0, "sin_port", 2, "sin_addr", 4));
        struct(
                "struct sockaddr_in6",
                SockAddr.SIZE6,
                Map.of(
                        "sin6_family", SockAddr.FAMILY_OFFSET,
                        "sin6_port", SockAddr.PORT6_OFFSET,
                        "sin6_flowinfo", SockAddr.FLOWINFO6_OFFSET,
                        "sin6_addr", SockAddr.ADDR6_OFFSET,
                        "sin6_scope_id", SockAddr.SCOPE_ID6_OFFSET));
        struct(
                "struct sockaddr_un",
                SockAddr.SIZE_UN,
                Map.of("sun_family", SockAddr.FAMILY_OFFSET, "sun_path", SockAddr.PATH_OFFSET));
        struct(
                "struct in_pktinfo",
                PktInfo.SIZE4,
                Map.of(
                        "ipi_ifindex", PktInfo.IFINDEX4_OFFSET,
                        "ipi_spec_dst", PktInfo.SPEC_DST_OFFSET,
                        "ipi_addr", PktInfo.ADDR4_OFFSET));
        struct(
                "struct in6_pktinfo",
                PktInfo.SIZE6,
                Map.of("ipi6_addr", PktInfo.ADDR6_OFFSET, "ipi6_ifindex", PktInfo.IFINDEX6_OFFSET));
        struct(
                "struct sock_filter",
                SockFilter.SIZE,
                Map.of(
                        "code", SockFilter.CODE_OFFSET,
                        "jt", SockFilter.JT_OFFSET,
                        "jf", SockFilter.JF_OFFSET,
                        "k", SockFilter.K_OFFSET));
        struct(
                "struct sock_fprog",
                SockFilter.PROGRAM_SIZE,
                Map.of("len", SockFilter.LEN_OFFSET, "filter", SockFilter.FILTER_OFFSET));
        expect("BPF_LD | BPF_W | BPF_ABS", SockFilter.BPF_LD_W_ABS);
        expect("BPF_LD | BPF_W | BPF_LEN", SockFilter.BPF_LD_W_LEN);
        expect("BPF_JMP | BPF_JEQ | BPF_K", SockFilter.BPF_JMP_JEQ_K);
        expect("BPF_JMP | BPF_JGE | BPF_K", SockFilter.BPF_JMP_JGE_K);
        expect("BPF_RET | BPF_K", SockFilter.BPF_RET_K);
        struct("struct ucred", PeerCredentials.SIZE, Map.of("pid", 0, "uid", 4, "gid", 8));
        expect("CMSG_LEN(2)", CMsg.length(2));
        expect("CMSG_SPACE(20)", CMsg.space(20));
        expect("CMSG_SPACE(12)", CMsg.space(12));
        assertAllAsInC();
    }

    @Test
    void deviceStructsAreThoseOfC() throws Exception {
        struct(
                "struct pollfd",
                PollFd.SIZE,
                Map.of("fd", PollFd.FD_OFFSET, "events", PollFd.EVENTS_OFFSET, "revents", PollFd.REVENTS_OFFSET));
        struct(
                "struct virtio_net_hdr",
                VirtioNetHeader.SIZE,
                Map.of(
                        "flags", VirtioNetHeader.FLAGS_OFFSET,
                        "gso_type", VirtioNetHeader.GSO_TYPE_OFFSET,
                        "hdr_len", VirtioNetHeader.HDR_LEN_OFFSET,
                        "gso_size", VirtioNetHeader.GSO_SIZE_OFFSET,
                        "csum_start", VirtioNetHeader.CSUM_START_OFFSET,
                        "csum_offset", VirtioNetHeader.CSUM_OFFSET_OFFSET));
        struct(
                "struct ifreq",
                Ifreq.SIZE,
                Map.of(
                        "ifr_name", Ifreq.NAME_OFFSET,
                        "ifr_flags", Ifreq.FLAGS_OFFSET,
                        "ifr_mtu", Ifreq.MTU_OFFSET));
        struct("struct nlmsghdr", 16, Map.of("nlmsg_type", 4, "nlmsg_flags", 6, "nlmsg_seq", 8, "nlmsg_pid", 12));
        struct("struct nlmsgerr", 20, Map.of("error", 0, "msg", 4));
        struct(
                "struct sockaddr_nl",
                SockAddr.SIZE_NL,
                Map.of("nl_family", SockAddr.FAMILY_OFFSET, "nl_pid", 4, "nl_groups", SockAddr.GROUPS_OFFSET));
        struct("struct rtattr", 4, Map.of("rta_len", 0, "rta_type", 2));
        struct("struct ifinfomsg", 16, Map.of("ifi_index", 4, "ifi_flags", 8, "ifi_change", 12));
        struct("struct ifaddrmsg", 8, Map.of("ifa_prefixlen", 1, "ifa_flags", 2, "ifa_scope", 3, "ifa_index", 4));
        struct(
                "struct rtmsg",
                12,
                Map.of(
                        "rtm_dst_len", 1,
                        "rtm_src_len", 2,
                        "rtm_table", 4,
                        "rtm_protocol", 5,
                        "rtm_scope", 6,
                        "rtm_type", 7,
                        "rtm_flags", 8));
        struct("struct fib_rule_hdr", 12, Map.of("dst_len", 1, "src_len", 2, "table", 4, "action", 7, "flags", 8));
        struct(
                "struct termios",
                Termios.SIZE,
                Map.of(
                        "c_iflag", Termios.IFLAG_OFFSET,
                        "c_lflag", Termios.LFLAG_OFFSET,
                        "c_cc", Termios.CC_OFFSET));
        struct("struct winsize", WinSize.SIZE, Map.of("ws_row", WinSize.ROW_OFFSET, "ws_col", WinSize.COL_OFFSET));
        expect("offsetof(struct ethtool_sset_info, sset_mask)", Ethtool.SSET_INFO_MASK_OFFSET);
        expect("offsetof(struct ethtool_sset_info, data)", Ethtool.SSET_INFO_DATA_OFFSET);
        expect("offsetof(struct ethtool_gstrings, string_set)", Ethtool.GSTRINGS_SET_OFFSET);
        expect("offsetof(struct ethtool_gstrings, len)", Ethtool.GSTRINGS_LEN_OFFSET);
        expect("offsetof(struct ethtool_gstrings, data)", Ethtool.GSTRINGS_DATA_OFFSET);
        expect("offsetof(struct ethtool_gfeatures, size)", Ethtool.FEATURES_COUNT_OFFSET);
        expect("offsetof(struct ethtool_gfeatures, features)", Ethtool.FEATURES_OFFSET);
        expect("offsetof(struct ethtool_sfeatures, features)", Ethtool.FEATURES_OFFSET);
        struct(
                "struct ethtool_get_features_block",
                Ethtool.GET_BLOCK_END_OFFSET,
                Map.of(
                        "available", Ethtool.GET_BLOCK_AVAILABLE_OFFSET,
                        "active", Ethtool.GET_BLOCK_ACTIVE_OFFSET,
                        "never_changed", Ethtool.GET_BLOCK_NEVER_CHANGED_OFFSET));
        struct(
                "struct ethtool_set_features_block",
                Ethtool.SET_BLOCK_END_OFFSET,
                Map.of(
                        "valid", Ethtool.SET_BLOCK_VALID_OFFSET,
                        "requested", Ethtool.SET_BLOCK_REQUESTED_OFFSET));
        struct("struct rtnexthop", 8, Map.of("rtnh_len", 0, "rtnh_ifindex", 4));
        struct("struct rlimit", 16, Map.of("rlim_cur", 0, "rlim_max", 8));
        assertAllAsInC();
    }

    @Test
    void multiBufferStructsAreThoseOfC() throws Exception {
        Map<String, Integer> job = new LinkedHashMap<>();
        job.put("enc_keys", ImbJob.ENC_KEYS_OFFSET);
        job.put("dec_keys", ImbJob.DEC_KEYS_OFFSET);
        job.put("key_len_in_bytes", ImbJob.KEY_LEN_OFFSET);
        job.put("src", ImbJob.SRC_OFFSET);
        job.put("dst", ImbJob.DST_OFFSET);
        job.put("cipher_start_src_offset_in_bytes", ImbJob.CIPHER_START_OFFSET);
        job.put("msg_len_to_cipher_in_bytes", ImbJob.CIPHER_LEN_OFFSET);
        job.put("hash_start_src_offset_in_bytes", ImbJob.HASH_START_OFFSET);
        job.put("msg_len_to_hash_in_bytes", ImbJob.HASH_LEN_OFFSET);
        job.put("iv", ImbJob.IV_OFFSET);
        job.put("iv_len_in_bytes", ImbJob.IV_LEN_OFFSET);
        job.put("auth_tag_output", ImbJob.TAG_OFFSET);
        job.put("auth_tag_output_len_in_bytes", ImbJob.TAG_LEN_OFFSET);
        job.put("u.CHACHA20_POLY1305.aad", ImbJob.AAD_OFFSET);
        job.put("u.CHACHA20_POLY1305.aad_len_in_bytes", ImbJob.AAD_LEN_OFFSET);
        job.put("status", ImbJob.STATUS_OFFSET);
        job.put("cipher_mode", ImbJob.CIPHER_MODE_OFFSET);
        job.put("cipher_direction", ImbJob.CIPHER_DIRECTION_OFFSET);
        job.put("hash_alg", ImbJob.HASH_ALG_OFFSET);
        job.put("chain_order", ImbJob.CHAIN_ORDER_OFFSET);
        struct("IMB_JOB", ImbJob.SIZE, job);
        expect("offsetof(IMB_MGR, used_arch)", IpsecMb.MGR_USED_ARCH_OFFSET);
        expect("offsetof(IMB_MGR, imb_errno)", IpsecMb.MGR_ERRNO_OFFSET);
        expect("offsetof(IMB_MGR, get_next_job)", IpsecMb.MGR_GET_NEXT_JOB_OFFSET);
        expect("offsetof(IMB_MGR, submit_job)", IpsecMb.MGR_SUBMIT_JOB_OFFSET);
        expect("offsetof(IMB_MGR, submit_job_nocheck)", IpsecMb.MGR_SUBMIT_JOB_NOCHECK_OFFSET);
        expect("offsetof(IMB_MGR, flush_job)", IpsecMb.MGR_FLUSH_JOB_OFFSET);
        assertAllAsInC();
    }

    @Test
    void constantsAreThoseOfC() throws Exception {
        for (Class<?> type : List.of(
                Errno.class,
                Ethtool.class,
                FileFlags.class,
                Ifreq.class,
                ImbJob.class,
                LibCrypto.class,
                MapFlags.class,
                PollFd.class,
                ProcessFlags.class,
                Rtnetlink.class,
                Sockets.class,
                Termios.class,
                Tun.class,
                VirtioNetHeader.class)) {
            int before = expected.size();
            for (Field field : type.getFields()) {
                String name = field.getName();
                boolean isOurs = name.equals("SIZE") || name.endsWith("_OFFSET");
                if (Modifier.isStatic(field.getModifiers()) && !isOurs) {
                    expect("(int) " + name, field.getInt(null));
                }
            }
            assertTrue(expected.size() > before, type.getName());
        }
        assertAllAsInC();
    }

    private void struct(String type, int size, Map<String, Integer> fields) {
        expect("sizeof(" + type + ")", size);
        fields.forEach((field, offset) -> expect("offsetof(" + type + ", " + field + ")", offset));
    }

    private void expect(String expression, long value) {
        expected.put(expression, value);
    }

    private void assertAllAsInC() throws IOException, InterruptedException {
        StringBuilder source = new StringBuilder(HEADERS).append("int main(void) {\n");
        expected.keySet().forEach(expression -> source.append("printf(\"%lld\\n\", (long long) (")
                .append(expression)
                .append("));\n"));
        Path program = directory.resolve("sizes");
        Path file = Files.writeString(directory.resolve("sizes.c"), source.append("return 0;\n}\n"));
        run("cc", "-o", program.toString(), file.toString());
        String[] lines = run(program.toString()).split("\n", -1);
        List<String> wrong = new ArrayList<>();
        int i = 0;
        for (Map.Entry<String, Long> entry : expected.entrySet()) {
            String inC = lines[i++];
            if (!inC.equals(entry.getValue().toString())) {
                wrong.add(entry.getKey() + ": C says " + inC + ", we say " + entry.getValue());
            }
        }
        assertEquals(List.of(), wrong);
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }
}
