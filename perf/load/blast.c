// UDP load with counters at the receiver.
//
//   blast rx ADDRESS PORT RUN                        counts until standard input ends, then 50 ms more of what is still on its way
//   blast tx ADDRESS PORT RUN SIZE RATE SECONDS      sends SIZE bytes of payload RATE times a second; RATE 0: as fast as it goes
//
// Each datagram carries RUN and a number, so that stragglers of an earlier run are not counted. Every datagram is handed to the kernel as
// a packet of its own (sendmmsg, no segmentation offload). Each end prints one line of JSON; rx prints "ready" before.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, SMALLEST = 16, LARGEST = 65000, BUFFER_BYTES = 8 << 20 };
#define DEBT_SECONDS 0.002 // a sender that was not scheduled for longer does not catch up: a burst would be lost for its sake

struct mark {
  uint32_t run, unused;
  uint64_t number;
};

static uint8_t buffers[BATCH][LARGEST];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static int fail(const char *what) {
  perror(what);
  return 1;
}

static void prepare(size_t bytes) {
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){buffers[i], bytes};
    memset(&messages[i], 0, sizeof messages[i]);
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
}

static int send_all(int s, uint32_t run, size_t bytes, double rate, double seconds) {
  uint64_t sent = 0, refused = 0;
  double start = now(), due_from = start, t = start;
  uint64_t due_sent = 0; // since due_from
  for (int i = 0; i < BATCH; i++)
    for (size_t b = 0; b < bytes; b++) buffers[i][b] = (uint8_t)(i * 31 + b * 7);
  prepare(bytes);
  for (; t - start < seconds; t = now()) {
    int count = BATCH;
    if (rate > 0) {
      double due = (t - due_from) * rate - (double)due_sent;
      if (due > rate * DEBT_SECONDS + BATCH) {
        due_from = t;
        due_sent = 0;
        continue;
      }
      if (due < 1) {
        struct timespec pause = {0, 30000};
        nanosleep(&pause, 0);
        continue;
      }
      count = due > BATCH ? BATCH : (int)due;
    }
    for (int i = 0; i < count; i++) {
      struct mark m = {run, 0, sent + (uint64_t)i};
      memcpy(buffers[i], &m, sizeof m);
    }
    int r = sendmmsg(s, messages, (unsigned)count, 0);
    if (r > 0) {
      sent += (uint64_t)r;
      due_sent += (uint64_t)r;
    } else if (errno == ENOBUFS || errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED) {
      refused++;
    } else {
      return fail("sendmmsg");
    }
  }
  printf("{\"sent\": %lu, \"seconds\": %.6f, \"refused\": %lu}\n", sent, t - start, refused);
  return 0;
}

static int receive_all(int s, uint32_t run) {
  uint64_t received = 0, late = 0, next = 0, foreign = 0, dropped = 0;
  double first = 0, last = 0, stop = 0;
  char control[BATCH][CMSG_SPACE(sizeof(uint32_t))];
  prepare(LARGEST);
  printf("ready\n");
  fflush(stdout);
  struct pollfd wait[2] = {{s, POLLIN, 0}, {0, POLLIN, 0}};
  while (!stop || now() < stop) {
    wait[0].revents = wait[1].revents = 0;
    poll(wait, stop ? 1 : 2, stop ? 5 : 1000);
    if (!stop && wait[1].revents) {
      char ignored[64];
      if (read(0, ignored, sizeof ignored) <= 0) stop = now() + 0.05;
    }
    if (!wait[0].revents) continue;
    for (int i = 0; i < BATCH; i++) {
      messages[i].msg_hdr.msg_control = control[i];
      messages[i].msg_hdr.msg_controllen = sizeof control[i];
    }
    int r = recvmmsg(s, messages, BATCH, MSG_DONTWAIT, 0);
    for (int i = 0; i < r; i++) {
      struct mark m;
      for (struct cmsghdr *c = CMSG_FIRSTHDR(&messages[i].msg_hdr); c; c = CMSG_NXTHDR(&messages[i].msg_hdr, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
          uint32_t n;
          memcpy(&n, CMSG_DATA(c), sizeof n);
          dropped = n;
        }
      memcpy(&m, buffers[i], sizeof m);
      if (messages[i].msg_len < sizeof m || m.run != run) {
        foreign++;
        continue;
      }
      if (m.number < next)
        late++;
      else
        next = m.number + 1;
      received++;
    }
    if (r > 0) {
      last = now();
      if (!first) first = last;
    }
  }
  printf("{\"received\": %lu, \"late\": %lu, \"foreign\": %lu, \"socket_drops\": %lu, \"seconds\": %.6f}\n", received, late, foreign, dropped,
         last - first);
  return 0;
}

int main(int argc, char **argv) {
  int sends = argc == 8 && !strcmp(argv[1], "tx");
  if (!sends && (argc != 5 || strcmp(argv[1], "rx"))) {
    fprintf(stderr, "usage: blast rx ADDRESS PORT RUN | blast tx ADDRESS PORT RUN SIZE RATE SECONDS\n");
    return 2;
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[3]))};
  uint32_t run = (uint32_t)strtoul(argv[4], 0, 10);
  if (inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) return fail("address");
  int s = socket(AF_INET, SOCK_DGRAM, 0), buffer = BUFFER_BYTES, on = 1;
  if (s < 0) return fail("socket");
  prctl(PR_SET_PDEATHSIG, 9); // whoever started this is gone
  prctl(PR_SET_TIMERSLACK, 1);
  if (sends) {
    long bytes = atol(argv[5]);
    if (bytes < SMALLEST || bytes > LARGEST) {
      fprintf(stderr, "blast: SIZE from %d to %d\n", SMALLEST, LARGEST);
      return 2;
    }
    if (setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer)) return fail("SO_SNDBUFFORCE");
    if (connect(s, (struct sockaddr *)&address, sizeof address)) return fail("connect");
    return send_all(s, run, (size_t)bytes, atof(argv[6]), atof(argv[7]));
  }
  if (setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer)) return fail("SO_RCVBUFFORCE");
  if (setsockopt(s, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on)) return fail("SO_RXQ_OVFL");
  if (bind(s, (struct sockaddr *)&address, sizeof address)) return fail("bind");
  return receive_all(s, run);
}
