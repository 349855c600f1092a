// What the machine allows: packets between a TUN interface and UDP with the kernel's offloads, and nothing else.
//
//   ceiling IFNAME PEER_ADDRESS none|openssl|ipsec-mb
//
// Not a VPN: two threads, one key that everybody knows, no handshake, no replay window, one peer, IPv4. The framing is WireGuard's for data
// (a header and a tag of 16 bytes each), so packets are as many and as long as a tunnel's. A superpacket is read with its virtio header, cut,
// and sent by one UDP_SEGMENT send; a UDP_GRO receive is opened in place and coalesced into one write.
// Built with HAVE_OPENSSL and HAVE_IPSEC_MB where these libraries are; without them only "none" works.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#ifdef HAVE_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif
#ifdef HAVE_OPENSSL
#include <openssl/evp.h>
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

typedef uint8_t u8;
enum { PORT = 51820, VNET = 10, HEADER = 16, TAG = 16, UNIT = 65000, SEGMENTS = 64, BUFFER_BYTES = 7 << 20 };
enum cipher { NONE, OPENSSL, IPSEC_MB };

static int tun, sock, udp_offload;
static struct sockaddr_in peer;
static enum cipher cipher;
#if defined HAVE_IPSEC_MB || defined HAVE_OPENSSL
static u8 key[32] = {1, 2, 3};
#endif

static _Noreturn void die(const char *what) {
  fprintf(stderr, "ceiling: %s: %s\n", what, strerror(errno));
  exit(1);
}

// Unaligned fields in network order.
static unsigned get16(const u8 *p) { return (unsigned)p[0] << 8 | p[1]; }
static void put16(u8 *p, unsigned v) {
  p[0] = (u8)(v >> 8);
  p[1] = (u8)v;
}
static uint32_t get32(const u8 *p) { return (uint32_t)get16(p) << 16 | get16(p + 2); }
static void put32(u8 *p, uint32_t v) {
  put16(p, v >> 16);
  put16(p + 2, v);
}

// The Internet checksum in the machine's byte order: sums stay unfolded until `fold`.
static uint64_t sum(const u8 *p, size_t n, uint64_t s) {
  while (n >= 32) {
    uint32_t w[8];
    memcpy(w, p, 32);
    for (int i = 0; i < 8; i++) s += w[i];
    p += 32;
    n -= 32;
  }
  while (n >= 4) {
    uint32_t w;
    memcpy(&w, p, 4);
    s += w;
    p += 4;
    n -= 4;
  }
  if (n) {
    uint32_t w = 0;
    memcpy(&w, p, n);
    s += w;
  }
  return s;
}

static uint16_t fold(uint64_t s) {
  s = (s & 0xffffffff) + (s >> 32);
  s = (s & 0xffffffff) + (s >> 32);
  s = (s & 0xffff) + (s >> 16);
  s = (s & 0xffff) + (s >> 16);
  s = (s & 0xffff) + (s >> 16);
  return (uint16_t)s;
}

static uint64_t pseudo_header(const u8 *ip, int l4_bytes) { return sum(ip + 12, 8, 0) + htons(ip[9]) + htons((uint16_t)l4_bytes); }
static void put_sum(u8 *p, uint16_t v) { memcpy(p, &v, 2); }

static void put_ip_sum(u8 *ip, int header_bytes) {
  put_sum(ip + 10, 0);
  put_sum(ip + 10, (uint16_t)~fold(sum(ip, (size_t)header_bytes, 0)));
}

struct seal {
  uint64_t counter;
  void *state; // the cipher's: an IMB_MGR or an EVP_CIPHER_CTX
};

#ifdef HAVE_IPSEC_MB
static void *mb_new(void) {
  IMB_MGR *m = alloc_mb_mgr(0);
  if (!m) die("ipsec-mb");
  init_mb_mgr_auto(m, 0);
  return m;
}

static void mb_run(IMB_MGR *m, int seals, const u8 *iv, u8 *p, int n, u8 *tag) { // one job, done when submit returns
  IMB_JOB *j = IMB_GET_NEXT_JOB(m);
  j->cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
  j->hash_alg = IMB_AUTH_CHACHA20_POLY1305;
  j->cipher_direction = seals ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
  j->chain_order = seals ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
  j->enc_keys = j->dec_keys = key;
  j->key_len_in_bytes = sizeof key;
  j->iv = iv;
  j->iv_len_in_bytes = 12;
  j->src = j->dst = p;
  j->cipher_start_src_offset_in_bytes = j->hash_start_src_offset_in_bytes = 0;
  j->msg_len_to_cipher_in_bytes = j->msg_len_to_hash_in_bytes = (uint64_t)n;
  j->u.CHACHA20_POLY1305.aad = iv;
  j->u.CHACHA20_POLY1305.aad_len_in_bytes = 0;
  j->auth_tag_output = tag;
  j->auth_tag_output_len_in_bytes = TAG;
  j = IMB_SUBMIT_JOB(m);
  if (!j || j->status != IMB_STATUS_COMPLETED) die("ipsec-mb: a job was not done");
}
#else
#define mb_new() 0
#define mb_run(state, ...) ((void)(state))
#endif

#ifdef HAVE_OPENSSL
static void *evp_new(int seals) {
  EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  u8 iv[12] = {0};
  if (!c || EVP_CipherInit_ex(c, EVP_chacha20_poly1305(), 0, key, iv, seals) != 1) die("openssl");
  return c;
}

static void evp_seal(EVP_CIPHER_CTX *c, const u8 *iv, u8 *p, int n) {
  int l;
  EVP_EncryptInit_ex(c, 0, 0, 0, iv);
  EVP_EncryptUpdate(c, p, &l, p, n);
  EVP_EncryptFinal_ex(c, p + l, &l);
  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, p + n);
}

static int evp_open(EVP_CIPHER_CTX *c, const u8 *iv, u8 *p, int n) {
  int l;
  EVP_DecryptInit_ex(c, 0, 0, 0, iv);
  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, p + n);
  EVP_DecryptUpdate(c, p, &l, p, n);
  return EVP_DecryptFinal_ex(c, p + l, &l) > 0;
}
#else
#define evp_new(seals) ((void)(seals), (void *)0)
#define evp_seal(...) ((void)0)
#define evp_open(...) 0
#endif

static struct seal seal_new(int seals) {
  struct seal s = {0, 0};
  if (cipher == IPSEC_MB) s.state = mb_new();
  if (cipher == OPENSSL) s.state = evp_new(seals);
  return s;
}

static void put_iv(u8 *iv, uint64_t counter) {
  memset(iv, 0, 4);
  memcpy(iv + 4, &counter, 8);
}

static void seal(struct seal *s, u8 *h, int n) { // h: header, then n bytes of plaintext, then room for the tag
  u8 iv[12];
  put_iv(iv, s->counter);
  memcpy(h, (u8[8]){4}, 8);
  memcpy(h + 8, &s->counter, 8);
  if (cipher == IPSEC_MB) mb_run(s->state, 1, iv, h + HEADER, n, h + HEADER + n);
  else if (cipher == OPENSSL) evp_seal(s->state, iv, h + HEADER, n);
  else memset(h + HEADER + n, 0, TAG);
  s->counter++;
}

static int unseal(struct seal *s, u8 *h, int bytes) { // of the whole datagram; returns the plaintext's length, -1 for a bad one
  int n = bytes - HEADER - TAG;
  if (n < 0 || h[0] != 4) return -1;
  u8 iv[12], tag[TAG] = {0};
  uint64_t counter;
  memcpy(&counter, h + 8, 8);
  put_iv(iv, counter);
  if (cipher == IPSEC_MB) {
    mb_run(s->state, 0, iv, h + HEADER, n, tag);
    if (memcmp(tag, h + HEADER + n, TAG)) return -1;
  } else if (cipher == OPENSSL && !evp_open(s->state, iv, h + HEADER, n)) {
    return -1;
  }
  return n;
}

// A unit of equal datagrams, the last of which may be shorter: one send.
struct unit {
  struct seal seal;
  int fill, stride, segments, closed;
  u8 bytes[70000 + 4096];
};

static void flush(struct unit *u) {
  if (u->fill) {
    struct iovec v = {u->bytes, (size_t)u->fill};
    union {
      struct cmsghdr header;
      char bytes[CMSG_SPACE(2)];
    } control;
    struct msghdr m = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &v, .msg_iovlen = 1};
    if (u->segments > 1) {
      memset(&control, 0, sizeof control);
      m.msg_control = &control;
      m.msg_controllen = sizeof control;
      struct cmsghdr *c = CMSG_FIRSTHDR(&m);
      c->cmsg_level = IPPROTO_UDP;
      c->cmsg_type = UDP_SEGMENT;
      c->cmsg_len = CMSG_LEN(2);
      memcpy(CMSG_DATA(c), &(uint16_t){(uint16_t)u->stride}, 2);
    }
    while (sendmsg(sock, &m, 0) < 0 && errno == ENOBUFS) usleep(20);
  }
  u->fill = u->stride = u->segments = u->closed = 0;
}

static u8 *place(struct unit *u, int n) { // where a packet of n bytes goes; `add` seals it
  int bytes = n + HEADER + TAG;
  if (u->fill && (u->closed || bytes > u->stride || u->fill + bytes > UNIT || u->segments == SEGMENTS)) flush(u);
  return u->bytes + u->fill + HEADER;
}

static void add(struct unit *u, int n) {
  int bytes = n + HEADER + TAG;
  seal(&u->seal, u->bytes + u->fill, n);
  if (!u->stride) u->stride = bytes;
  else if (bytes < u->stride) u->closed = 1;
  u->fill += bytes;
  u->segments++;
}

static void cut(struct unit *u, const u8 *ip, int n, const struct virtio_net_hdr *h) { // a superpacket into packets
  int ip_bytes = (ip[0] & 15) * 4, is_tcp = (h->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) == VIRTIO_NET_HDR_GSO_TCPV4;
  int headers = ip_bytes + (is_tcp ? (ip[ip_bytes + 12] >> 4) * 4 : 8), payload = n - headers, size = h->gso_size;
  uint32_t sequence = get32(ip + ip_bytes + 4);
  unsigned id = get16(ip + 4);
  for (int from = 0, i = 0; from < payload; from += size, i++) {
    int bytes = payload - from < size ? payload - from : size, l4_bytes = headers - ip_bytes + bytes;
    u8 *p = place(u, headers + bytes), *l4 = p + ip_bytes;
    memcpy(p, ip, (size_t)headers);
    memcpy(p + headers, ip + headers + from, (size_t)bytes);
    put16(p + 2, (unsigned)(headers + bytes));
    put16(p + 4, id + (unsigned)i);
    put_ip_sum(p, ip_bytes);
    if (is_tcp) {
      put32(l4 + 4, sequence + (uint32_t)from);
      if (from + bytes < payload) l4[13] &= (u8)~(TH_FIN | TH_PUSH);
    } else {
      put16(l4 + 4, (unsigned)l4_bytes);
    }
    u8 *check = l4 + (is_tcp ? 16 : 6);
    put_sum(check, 0);
    put_sum(check, (uint16_t)~fold(sum(l4, (size_t)l4_bytes, pseudo_header(p, l4_bytes))));
    add(u, headers + bytes);
  }
}

static void *outbound(void *unused) {
  (void)unused;
  static u8 in[70000];
  static struct unit u;
  u.seal = seal_new(1);
  for (;;) {
    ssize_t r = read(tun, in, sizeof in);
    if (r < 0 && errno == EAGAIN) { // drained: what is there goes out
      flush(&u);
      struct pollfd f = {tun, POLLIN, 0};
      poll(&f, 1, 1000);
      continue;
    }
    if (r < 0 && (errno == EINTR || errno == EIO)) { // the interface is down
      usleep(1000);
      continue;
    }
    if (r < VNET + 20) die("read from the interface");
    struct virtio_net_hdr h;
    memcpy(&h, in, VNET);
    u8 *ip = in + VNET;
    int n = (int)r - VNET;
    if (h.gso_type != VIRTIO_NET_HDR_GSO_NONE && ip[0] >> 4 == 4) {
      cut(&u, ip, n, &h);
      continue;
    }
    if (h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
      put_sum(ip + h.csum_start + h.csum_offset, (uint16_t)~fold(sum(ip + h.csum_start, (size_t)(n - h.csum_start), 0)));
    memcpy(place(&u, n), ip, (size_t)n);
    add(&u, n);
  }
  return 0;
}

// Packets of one flow that follow each other: one write. `v`: virtio header, IP and TCP or UDP header, payloads where they were received.
struct train {
  struct virtio_net_hdr h;
  u8 header[128];
  struct iovec v[2 + 128];
  int parts, header_bytes, ip_bytes, protocol, size, payload, closed;
  uint32_t next;
};

static void depart(struct train *t) {
  if (!t->parts) return;
  u8 *ip = t->header, *l4 = ip + t->ip_bytes;
  memset(&t->h, 0, sizeof t->h);
  if (t->parts > 3) {
    int total = t->header_bytes + t->payload, l4_bytes = total - t->ip_bytes, is_tcp = t->protocol == IPPROTO_TCP, check = is_tcp ? 16 : 6;
    put16(ip + 2, (unsigned)total);
    put_ip_sum(ip, t->ip_bytes);
    if (!is_tcp) put16(l4 + 4, (unsigned)l4_bytes);
    put_sum(l4 + check, fold(pseudo_header(ip, l4_bytes))); // the kernel finishes it where it must
    t->h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    t->h.gso_type = is_tcp ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_UDP_L4;
    t->h.hdr_len = (uint16_t)t->header_bytes;
    t->h.gso_size = (uint16_t)t->size;
    t->h.csum_start = (uint16_t)t->ip_bytes;
    t->h.csum_offset = (uint16_t)check;
  }
  t->v[0] = (struct iovec){&t->h, VNET};
  t->v[1] = (struct iovec){t->header, (size_t)t->header_bytes};
  struct pollfd f = {tun, POLLOUT, 0};
  while (writev(tun, t->v, t->parts) < 0 && errno == EAGAIN) poll(&f, 1, 10);
  t->parts = 0;
}

static int headers_of(const u8 *p, int n) { // bytes of the IP and TCP or UDP header of a packet that may travel with others, else 0
  if (n < 28 || p[0] >> 4 != 4 || get16(p + 6) & 0x3fff) return 0;
  int ip_bytes = (p[0] & 15) * 4, headers = 0;
  if (p[9] == IPPROTO_TCP && n >= ip_bytes + 20 && !(p[ip_bytes + 13] & ~(TH_ACK | TH_PUSH))) headers = ip_bytes + (p[ip_bytes + 12] >> 4) * 4;
  if (p[9] == IPPROTO_UDP && udp_offload) headers = ip_bytes + 8;
  return headers && headers <= 120 && headers < n && fold(sum(p + ip_bytes, (size_t)(n - ip_bytes), pseudo_header(p, n - ip_bytes))) == 0xffff ? headers : 0;
}

static int fits(const struct train *t, const u8 *p, int headers, int payload) {
  int ip = t->ip_bytes;
  if (!t->parts || t->closed || t->protocol != p[9] || t->header_bytes != headers || t->payload + payload + headers > 65500 || t->parts >= 128 ||
      payload > t->size)
    return 0;
  if (memcmp(t->header + 12, p + 12, (size_t)(ip - 12 + 4)) || p[1] != t->header[1] || p[8] != t->header[8]) return 0;
  return p[9] == IPPROTO_UDP || (get32(p + ip + 4) == t->next && !memcmp(t->header + ip + 8, p + ip + 8, 5) &&
                                 !memcmp(t->header + ip + 14, p + ip + 14, 2) && !memcmp(t->header + ip + 18, p + ip + 18, (size_t)(headers - ip - 18)));
}

static void deliver(struct train *t, u8 *p, int n) {
  if (n >= 20 && p[0] >> 4 == 4 && (int)get16(p + 2) < n) n = (int)get16(p + 2); // padding
  int headers = headers_of(p, n), payload = n - headers;
  if (!headers) {
    depart(t);
    struct virtio_net_hdr plain = {0};
    struct iovec v[2] = {{&plain, VNET}, {p, (size_t)n}};
    if (writev(tun, v, 2) < 0 && errno != EAGAIN && errno != EINVAL && errno != EIO) die("write to the interface");
    return;
  }
  int ip_bytes = (p[0] & 15) * 4, is_tcp = p[9] == IPPROTO_TCP, pushes = is_tcp && p[ip_bytes + 13] & TH_PUSH;
  if (!fits(t, p, headers, payload)) {
    depart(t);
    memcpy(t->header, p, (size_t)headers);
    t->ip_bytes = ip_bytes;
    t->header_bytes = headers;
    t->protocol = p[9];
    t->size = payload;
    t->payload = t->closed = 0;
    t->parts = 2;
  }
  if (pushes) t->header[ip_bytes + 13] |= TH_PUSH;
  if (pushes || payload < t->size) t->closed = 1;
  t->v[t->parts++] = (struct iovec){p + headers, (size_t)payload};
  t->payload += payload;
  t->next = get32(p + ip_bytes + 4) + (uint32_t)payload;
}

static void *inbound(void *unused) {
  (void)unused;
  static u8 bytes[70000];
  static struct train t;
  struct seal s = seal_new(0);
  for (;;) {
    char control[64];
    struct iovec v = {bytes, sizeof bytes};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int r = (int)recvmsg(sock, &m, 0), size = r;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); r > 0 && c; c = CMSG_NXTHDR(&m, c))
      if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) memcpy(&size, CMSG_DATA(c), sizeof size);
    for (int from = 0; from < r; from += size) {
      int n = unseal(&s, bytes + from, r - from < size ? r - from : size);
      if (n > 0) deliver(&t, bytes + from + HEADER, n);
    }
    depart(&t);
  }
  return 0;
}

static int choose(const char *name) {
  if (!strcmp(name, "none")) return 1;
#ifdef HAVE_OPENSSL
  if (!strcmp(name, "openssl")) return cipher = OPENSSL, 1;
#endif
#ifdef HAVE_IPSEC_MB
  if (!strcmp(name, "ipsec-mb")) return cipher = IPSEC_MB, 1;
#endif
  return 0;
}

int main(int argc, char **argv) {
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  peer = any;
  if (argc != 4 || inet_pton(AF_INET, argv[2], &peer.sin_addr) != 1 || !choose(argv[3])) {
    fprintf(stderr, "usage: ceiling IFNAME PEER_ADDRESS none|openssl|ipsec-mb (those it was built with)\n");
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, 9); // whoever started this is gone
  struct ifreq f = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
  strncpy(f.ifr_name, argv[1], IFNAMSIZ - 1);
  tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (tun < 0 || ioctl(tun, TUNSETIFF, &f)) die("TUNSETIFF");
  unsigned offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
  udp_offload = !ioctl(tun, TUNSETOFFLOAD, offloads | TUN_F_USO4 | TUN_F_USO6);
  if (!udp_offload && ioctl(tun, TUNSETOFFLOAD, offloads)) die("TUNSETOFFLOAD");
  sock = socket(AF_INET, SOCK_DGRAM, 0);
  int buffer = BUFFER_BYTES, on = 1;
  if (setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) || setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer))
    die("SO_RCVBUFFORCE");
  if (setsockopt(sock, IPPROTO_UDP, UDP_GRO, &on, sizeof on)) die("UDP_GRO");
  if (bind(sock, (struct sockaddr *)&any, sizeof any)) die("bind");
  pthread_t threads[2];
  if (pthread_create(&threads[0], 0, outbound, 0) || pthread_create(&threads[1], 0, inbound, 0)) die("thread");
  pthread_join(threads[0], 0);
}
