// Round trips by ICMP echo, in nanoseconds.
//
//   pinger ADDRESS COUNT INTERVAL_US BYTES WAIT_MS
//
// Sends COUNT requests on a fixed schedule, whether or not answers come, and waits WAIT_MS for the last ones. A round trip is from just
// before the send to the kernel's time stamp of the answer, so neither a late start of this program nor its late waking counts.
// Prints one line of JSON: counts, percentiles in microseconds with three decimals, so that they fit the histogram, and this histogram of 16
// buckets per power of two as [lower bound in ns, count].
// Status 0 if at least one answer came, 1 if none.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1000000, SUB_BITS = 4, BUCKETS = 64 << SUB_BITS };

struct mark {
  int64_t sent_ns;
  uint64_t number;
};

static int64_t *samples;
static uint8_t *answered;
static long received, duplicates, count;
static uint64_t histogram[BUCKETS];

static int64_t clock_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int fail(const char *what) {
  perror(what);
  return 2;
}

static uint16_t checksum(const uint8_t *p, size_t n) {
  uint32_t sum = 0;
  for (; n > 1; p += 2, n -= 2) sum += (uint32_t)(p[0] << 8 | p[1]);
  if (n) sum += (uint32_t)(p[0] << 8);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return htons((uint16_t)~sum);
}

static int bucket_of(uint64_t ns) {
  if (ns < (1 << SUB_BITS)) return (int)ns;
  int octave = 63 - __builtin_clzll(ns);
  return ((octave - SUB_BITS + 1) << SUB_BITS) + (int)(ns >> (octave - SUB_BITS) & ((1 << SUB_BITS) - 1));
}

static uint64_t bucket_start(int bucket) {
  if (bucket < (1 << SUB_BITS)) return (uint64_t)bucket;
  int octave = (bucket >> SUB_BITS) + SUB_BITS - 1;
  return (1ULL << octave) + ((uint64_t)(bucket & ((1 << SUB_BITS) - 1)) << (octave - SUB_BITS));
}

static void send_one(int s, uint8_t *packet, size_t bytes, uint16_t id, long number) {
  struct icmphdr header = {.type = ICMP_ECHO};
  struct mark mark = {.number = (uint64_t)number};
  header.un.echo.id = id;
  header.un.echo.sequence = htons((uint16_t)number);
  mark.sent_ns = clock_ns(CLOCK_REALTIME);
  memcpy(packet, &header, sizeof header);
  memcpy(packet + sizeof header, &mark, sizeof mark);
  header.checksum = checksum(packet, bytes);
  memcpy(packet, &header, sizeof header);
  if (send(s, packet, bytes, 0) < 0 && errno != ENOBUFS && errno != EAGAIN && errno != ENOKEY && errno != EDESTADDRREQ) {
    perror("send");
    exit(2);
  }
}

static void receive_ready(int s, uint16_t id) {
  static uint8_t packet[65536];
  char control[256];
  for (;;) {
    struct iovec v = {packet, sizeof packet};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(s, &m, MSG_DONTWAIT);
    if (n < 0) return;
    int64_t arrived = clock_ns(CLOCK_REALTIME);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
      if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
        struct timespec t;
        memcpy(&t, CMSG_DATA(c), sizeof t);
        arrived = t.tv_sec * 1000000000LL + t.tv_nsec;
      }
    size_t ip = (size_t)(packet[0] & 15) * 4;
    struct icmphdr header;
    struct mark mark;
    if ((size_t)n < ip + sizeof header + sizeof mark) continue;
    memcpy(&header, packet + ip, sizeof header);
    memcpy(&mark, packet + ip + sizeof header, sizeof mark);
    if (header.type != ICMP_ECHOREPLY || header.un.echo.id != id || mark.number >= (uint64_t)count) continue;
    if (answered[mark.number]++) {
      duplicates++;
      continue;
    }
    int64_t ns = arrived - mark.sent_ns;
    if (ns < 0) ns = 0; // somebody set the clock back
    samples[received++] = ns;
    histogram[bucket_of((uint64_t)ns)]++;
  }
}

static int by_value(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static double percentile_us(double share) { // nearest rank
  long rank = (long)(share * (double)received + 0.999999);
  return (double)samples[rank < 1 ? 0 : rank - 1] / 1000;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: pinger ADDRESS COUNT INTERVAL_US BYTES WAIT_MS\n");
    return 2;
  }
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) return fail("address");
  count = atol(argv[2]);
  int64_t interval = atol(argv[3]) * 1000, wait = atol(argv[5]) * 1000000;
  size_t bytes = (size_t)atol(argv[4]) + sizeof(struct icmphdr);
  static uint8_t packet[65536];
  if (count < 1 || count > MOST || bytes < sizeof(struct icmphdr) + sizeof(struct mark) || bytes > sizeof packet) {
    fprintf(stderr, "pinger: COUNT from 1 to %d, BYTES from %zu\n", MOST, sizeof(struct mark));
    return 2;
  }
  samples = calloc((size_t)count, sizeof *samples);
  answered = calloc((size_t)count, 1);
  if (!samples || !answered) return fail("memory");
  int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), on = 1, buffer = 4 << 20;
  if (s < 0) return fail("socket");
  struct icmp_filter {
    uint32_t data;
  } only_replies = {~(1U << ICMP_ECHOREPLY)};
  if (setsockopt(s, SOL_RAW, 1 /* ICMP_FILTER */, &only_replies, sizeof only_replies)) return fail("ICMP_FILTER");
  if (setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on)) return fail("SO_TIMESTAMPNS");
  if (setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer)) return fail("SO_RCVBUFFORCE");
  if (connect(s, (struct sockaddr *)&address, sizeof address)) return fail("connect");
  prctl(PR_SET_PDEATHSIG, 9); // whoever started this is gone
  prctl(PR_SET_TIMERSLACK, 1);
  uint16_t id = (uint16_t)getpid();
  int64_t due = clock_ns(CLOCK_MONOTONIC), end = 0;
  long sent = 0;
  for (;;) {
    int64_t t = clock_ns(CLOCK_MONOTONIC);
    if (sent < count && t >= due) {
      send_one(s, packet, bytes, id, sent++);
      due = t - due > 10 * interval ? t + interval : due + interval; // after a long pause no burst
      end = t + wait;
    }
    receive_ready(s, id);
    if (sent == count && (received == count || clock_ns(CLOCK_MONOTONIC) >= end)) break;
    int64_t until = (sent < count ? due : end) - clock_ns(CLOCK_MONOTONIC);
    if (until > 0) {
      struct timespec t_until = {until / 1000000000, until % 1000000000};
      struct pollfd f = {s, POLLIN, 0};
      ppoll(&f, 1, &t_until, 0);
    }
  }
  qsort(samples, (size_t)received, sizeof *samples, by_value);
  printf("{\"sent\": %ld, \"received\": %ld, \"duplicates\": %ld", sent, received, duplicates);
  if (received) {
    double sum = 0;
    for (long i = 0; i < received; i++) sum += (double)samples[i];
    printf(", \"min_us\": %.3f, \"mean_us\": %.3f, \"p50_us\": %.3f, \"p90_us\": %.3f, \"p99_us\": %.3f, \"p999_us\": %.3f, \"max_us\": %.3f",
           (double)samples[0] / 1000, sum / (double)received / 1000, percentile_us(.5), percentile_us(.9), percentile_us(.99),
           percentile_us(.999), (double)samples[received - 1] / 1000);
  }
  printf(", \"histogram\": [");
  const char *comma = "";
  for (int b = 0; b < BUCKETS; b++)
    if (histogram[b]) {
      printf("%s[%lu, %lu]", comma, bucket_start(b), histogram[b]);
      comma = ", ";
    }
  printf("]}\n");
  return received ? 0 : 1;
}
