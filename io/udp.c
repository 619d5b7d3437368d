#include "io/udp.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An SNMP answer is at most 64 KiB and one request is in flight; the rest is for late ones. The kernel may give less. */
#define RECEIVE_BUFFER (256 << 10)

static void print_address(const struct addrinfo *a, uint16_t port, char *printed, size_t n) {
	char host[NI_MAXHOST];

	if (n == 0)
		return;
	if (getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(host, sizeof host, "?");
	snprintf(printed, n, a->ai_family == AF_INET6 ? "[%.45s]:%u" : "%.45s:%u", host, port);
}

int saw_io_udp_connect(const char *host, uint16_t port, int *fd, char *printed, size_t n, struct saw_err *err) {
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *list = NULL;
	char service[8];
	int rc, room = RECEIVE_BUFFER, last = EADDRNOTAVAIL;

	*fd = -1;
	snprintf(service, sizeof service, "%u", port);
	rc = getaddrinfo(host, service, &hints, &list);
	if (rc == EAI_MEMORY)
		return saw_err_set(err, -ENOMEM, "no memory to resolve \"%s\"", host);
	if (rc != 0)
		return saw_err_set(err, SAW_ERESOLVE, "cannot resolve \"%s\": %s", host, gai_strerror(rc));
	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		int s = socket(a->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (s < 0) {
			last = errno;
			continue;
		}
		setsockopt(s, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
		if (connect(s, a->ai_addr, a->ai_addrlen) == 0) {
			print_address(a, port, printed, n);
			freeaddrinfo(list);
			*fd = s;
			return 0;
		}
		last = errno;
		close(s);
	}
	freeaddrinfo(list);
	return saw_err_set(err, last == ENETUNREACH || last == EHOSTUNREACH ? SAW_EUNREACHABLE : -last,
					   "cannot reach %s port %u: %s", host, port, strerror(last));
}
