#include "io/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* An SNMP answer is at most 64 KiB and one request is in flight; the rest is for late ones. The kernel may give less. */
#define RECEIVE_BUFFER (256 << 10)
#define ADDRESSES_MAX 16 /* of one name */
#define WAIT_MAX_MS 2000 /* for one address where there is another: whoever resolves the names of others waits too */

static void print_address(const struct addrinfo *a, uint16_t port, char *printed, size_t n) {
	char host[NI_MAXHOST];

	if (n == 0)
		return;
	if (getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(host, sizeof host, "?");
	snprintf(printed, n, a->ai_family == AF_INET6 ? "[%.45s]:%u" : "%.45s:%u", host, port);
}

/* Opens a socket and connects it. Returns 0, or the errno of what went wrong. */
static int try_address(const struct addrinfo *a, int *fd) {
	int s = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1, room = RECEIVE_BUFFER,
		error;

	if (s < 0)
		return errno;
	if (a->ai_socktype == SOCK_DGRAM) {
		setsockopt(s, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	} else {
		setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
	}
	if (connect(s, a->ai_addr, a->ai_addrlen) == 0 || (errno == EINPROGRESS && a->ai_socktype == SOCK_STREAM)) {
		*fd = s;
		return 0;
	}
	error = errno;
	close(s);
	return error;
}

static int by_address(const void *a, const void *b) {
	const struct addrinfo *x = *(const struct addrinfo *const *)a, *y = *(const struct addrinfo *const *)b;

	if (x->ai_family != y->ai_family)
		return x->ai_family == AF_INET6 ? -1 : 1;
	return x->ai_family == AF_INET6
			   ? memcmp(&((const struct sockaddr_in6 *)(const void *)x->ai_addr)->sin6_addr,
						&((const struct sockaddr_in6 *)(const void *)y->ai_addr)->sin6_addr, sizeof(struct in6_addr))
			   : memcmp(&((const struct sockaddr_in *)(const void *)x->ai_addr)->sin_addr,
						&((const struct sockaddr_in *)(const void *)y->ai_addr)->sin_addr, sizeof(struct in_addr));
}

/* In an order that stays: resolvers rotate their answers, and a device is not to be another one at every poll. */
static size_t sorted(const struct addrinfo *list, const struct addrinfo *out[ADDRESSES_MAX]) {
	size_t n = 0;

	for (const struct addrinfo *a = list; a && n < ADDRESSES_MAX; a = a->ai_next)
		if (a->ai_family == AF_INET || a->ai_family == AF_INET6)
			out[n++] = a;
	qsort(out, n, sizeof out[0], by_address);
	return n;
}

/* 0 once the connection is there, or the errno of what went wrong. */
static int wait_connected(int fd, uint64_t patience_ms) {
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t n = sizeof(int);
	int error = ETIMEDOUT;

	if (poll(&p, 1, patience_ms < WAIT_MAX_MS ? (int)patience_ms : WAIT_MAX_MS) > 0 &&
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		error = errno;
	return error;
}

/* turn: which of the addresses is the first. patience_ms: of a stream, for all of them but the last. */
static int connect_to(const char *host, uint16_t port, int type, unsigned turn, uint64_t patience_ms, int *fd,
					  char *printed, size_t n, struct saw_err *err) {
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = type, .ai_flags = AI_NUMERICSERV};
	const struct addrinfo *addresses[ADDRESSES_MAX];
	struct addrinfo *list = NULL;
	char service[8];
	size_t known;
	int rc, last = EADDRNOTAVAIL;

	*fd = -1;
	snprintf(service, sizeof service, "%u", port);
	rc = getaddrinfo(host, service, &hints, &list);
	if (rc == EAI_MEMORY)
		return saw_err_set(err, -ENOMEM, "no memory to resolve \"%s\"", host);
	if (rc != 0)
		return saw_err_set(err, SAW_ERESOLVE, "cannot resolve \"%s\": %s", host, gai_strerror(rc));
	known = sorted(list, addresses);
	for (size_t i = 0; i < known && last; i++) {
		const struct addrinfo *a = addresses[(turn + i) % known];

		last = try_address(a, fd);
		if (last == 0 && type == SOCK_STREAM && i + 1 < known && (last = wait_connected(*fd, patience_ms / known))) {
			close(*fd);
			*fd = -1;
		}
		if (last == 0)
			print_address(a, port, printed, n);
	}
	freeaddrinfo(list);
	if (last == 0)
		return 0;
	return saw_err_set(err,
					   last == ENETUNREACH || last == EHOSTUNREACH || last == ECONNREFUSED ? SAW_EUNREACHABLE : -last,
					   "cannot reach %s port %u: %s", host, port, strerror(last));
}

int saw_io_udp_connect(const char *host, uint16_t port, unsigned turn, int *fd, char *printed, size_t n,
					   struct saw_err *err) {
	return connect_to(host, port, SOCK_DGRAM, turn, 0, fd, printed, n, err);
}

int saw_io_tcp_connect(const char *host, uint16_t port, uint64_t patience_ms, int *fd, char *printed, size_t n,
					   struct saw_err *err) {
	return connect_to(host, port, SOCK_STREAM, 0, patience_ms, fd, printed, n, err);
}

int saw_io_unix_connect(const char *path, int *fd, struct saw_err *err) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int s, rc;

	*fd = -1;
	if (strlen(path) >= sizeof address.sun_path)
		return saw_err_set(err, -ENAMETOOLONG, "%s: longer than a socket's path can be", path);
	strcpy(address.sun_path, path);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s >= 0 && connect(s, (struct sockaddr *)&address, sizeof address) == 0) {
		*fd = s;
		return 0;
	}
	rc = saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (s >= 0)
		close(s);
	return rc;
}
