#include "exporters/http/listen.h"

#include "core/addr.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024
#define LOCK_PATH 128 /* a Unix socket's has 108 */

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

struct saw_listener {
	int fd;
	char *path, *address;
	uint16_t wanted, port;
	dev_t device; /* of the Unix socket that is ours */
	ino_t inode;
	int lock_fd; /* of the file beside it */
};

/* ----------------------------------------------------------------------------------------------------------------------- TCP */

static socklen_t to_sockaddr(const struct saw_addr *a, uint16_t port, union socket_address *out) {
	memset(out, 0, sizeof *out);
	if (a->family == 6) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(port);
		memcpy(&out->v6.sin6_addr, a->bytes, 16);
		return sizeof out->v6;
	}
	out->v4.sin_family = AF_INET;
	out->v4.sin_port = htons(port);
	memcpy(&out->v4.sin_addr, a->bytes, 4);
	return sizeof out->v4;
}

static int open_tcp(struct saw_listener *l, struct saw_err *err) {
	union socket_address sa;
	struct saw_addr a;
	socklen_t len;
	int one = 1, rc;

	if (saw_addr_parse(saw_str_of(l->address), &a))
		return saw_err_set(err, -EINVAL, "cannot listen on \"%s\": an IPv4 or IPv6 address is expected", l->address);
	len = to_sockaddr(&a, l->wanted, &sa);
	l->fd = socket(sa.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* "::" is every IPv6 address and no IPv4 one, whatever the machine's default: 0.0.0.0 can be listed beside it. */
	if (l->fd >= 0 &&
		(sa.any.sa_family != AF_INET6 || !setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one)) &&
		setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 && bind(l->fd, &sa.any, len) == 0 &&
		listen(l->fd, BACKLOG) == 0 && getsockname(l->fd, &sa.any, &len) == 0) {
		l->port = ntohs(sa.any.sa_family == AF_INET6 ? sa.v6.sin6_port : sa.v4.sin_port);
		return 0;
	}
	rc = -errno;
	return saw_err_set(err, rc, "cannot listen on %s port %u: %s%s", l->address, l->wanted, saw_strerror(rc),
					   rc == -EADDRINUSE ? " (does another one run already?)" : "");
}

/* ---------------------------------------------------------------------------------------------------------------------- Unix */

static int cannot(const struct saw_listener *l, int rc, const char *what, struct saw_err *err) {
	return saw_err_set(err, rc, "cannot listen on unix:%s: %s", l->path, what);
}

static const char in_use[] = "another process serves it (does another one run already?)";

/* 0: there is nothing, or a socket that nobody serves. */
static int check_present(const struct saw_listener *l, const union socket_address *sa, struct saw_err *err) {
	struct stat st;
	int fd, rc;

	if (lstat(l->path, &st) < 0)
		return errno == ENOENT ? 0 : cannot(l, -errno, saw_strerror(-errno), err);
	if (!S_ISSOCK(st.st_mode))
		return cannot(l, -EEXIST, "there is a file that is no socket; remove it, or choose another name", err);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return cannot(l, -errno, saw_strerror(-errno), err);
	rc = connect(fd, &sa->any, sizeof sa->local) == 0 ? 0 : errno;
	close(fd);
	/* Also one whose queue is full, and one that we may not ask, is somebody's. */
	if (rc == ECONNREFUSED || rc == ENOENT)
		return 0;
	return cannot(l, -EADDRINUSE, in_use, err);
}

static void lock_path(const struct saw_listener *l, char *out, size_t n) {
	snprintf(out, n, "%s.lock", l->path);
}

/* Held as long as the socket, so that of several that start at once one gets it. The kernel lets go of a dead one's. */
static int take_lock(struct saw_listener *l, struct saw_err *err) {
	char path[LOCK_PATH];
	struct stat locked, there;
	int rc;

	lock_path(l, path, sizeof path);
	l->lock_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (l->lock_fd < 0)
		return cannot(l, -errno, errno == ENOENT ? "its folder is not there" : saw_strerror(-errno), err);
	rc = flock(l->lock_fd, LOCK_EX | LOCK_NB) == 0 ? 0 : -errno;
	/* Who ends removes the file: a lock on one that is not there any more is worth nothing. */
	if (rc == 0 && fstat(l->lock_fd, &locked) == 0 && lstat(path, &there) == 0 && locked.st_dev == there.st_dev &&
		locked.st_ino == there.st_ino)
		return 0;
	close(l->lock_fd);
	l->lock_fd = -1;
	if (rc && rc != -EWOULDBLOCK)
		return cannot(l, rc, saw_strerror(rc), err);
	return cannot(l, -EADDRINUSE, in_use, err);
}

static int find_group(const struct saw_listener *l, const char *group, gid_t *out, struct saw_err *err) {
	struct group g, *found = NULL;
	char room[16384];
	char text[160];

	*out = (gid_t)-1;
	if (!group || (getgrnam_r(group, &g, room, sizeof room, &found) == 0 && found)) {
		*out = found ? g.gr_gid : (gid_t)-1;
		return 0;
	}
	snprintf(text, sizeof text, "socket_group: there is no group %.64s", group);
	return cannot(l, SAW_ECONFIG, text, err);
}

/*
 * Made under another name and renamed, which replaces what nobody serves: the socket has its permissions before anybody finds
 * it, and there is no moment without one.
 */
static int open_unix(struct saw_listener *l, unsigned mode, const char *group, struct saw_err *err) {
	union socket_address sa = {.local = {.sun_family = AF_UNIX}}, part = sa;
	struct stat st;
	mode_t mask;
	gid_t gid;
	int rc = find_group(l, group, &gid, err);

	snprintf(sa.local.sun_path, sizeof sa.local.sun_path, "%s", l->path);
	snprintf(part.local.sun_path, sizeof part.local.sun_path, "%s.part", l->path);
	if (rc == 0)
		rc = take_lock(l, err);
	if (rc == 0)
		rc = check_present(l, &sa, err);
	if (rc)
		return rc;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return cannot(l, -errno, saw_strerror(-errno), err);
	if (lstat(part.local.sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(part.local.sun_path); /* of one that ended half way */
	mask = umask(0177);
	rc = bind(l->fd, &part.any, sizeof part.local) == 0 ? 0 : -errno;
	umask(mask);
	if (rc)
		return cannot(l, rc, saw_strerror(rc), err);
	if ((gid != (gid_t)-1 && lchown(part.local.sun_path, (uid_t)-1, gid) < 0) || chmod(part.local.sun_path, mode) < 0 ||
		lstat(part.local.sun_path, &st) < 0 || listen(l->fd, BACKLOG) < 0 || rename(part.local.sun_path, l->path) < 0) {
		rc = cannot(l, -errno, saw_strerror(-errno), err);
		unlink(part.local.sun_path);
		return rc;
	}
	l->device = st.st_dev;
	l->inode = st.st_ino;
	return 0;
}

/* ---------------------------------------------------------------------------------------------------------------------- owner */

static bool copy(char **to, const char *from) {
	*to = from ? strdup(from) : NULL;
	return *to || !from;
}

int saw_listener_open(const struct saw_listen_place *place, struct saw_listener **out, struct saw_err *err) {
	struct saw_listener *l = calloc(1, sizeof *l);
	int rc;

	if (!l)
		return saw_err_set(err, -ENOMEM, "no memory");
	*l = (struct saw_listener){.fd = -1, .lock_fd = -1, .wanted = place->port};
	if (!copy(&l->path, place->path) || !copy(&l->address, place->address))
		rc = saw_err_set(err, -ENOMEM, "no memory");
	else
		rc = l->path ? open_unix(l, place->mode, place->group, err) : open_tcp(l, err);
	if (rc)
		saw_listener_close(l);
	else
		*out = l;
	return rc;
}

void saw_listener_close(struct saw_listener *l) {
	char path[LOCK_PATH];
	struct stat st;

	if (!l)
		return;
	if (l->inode && lstat(l->path, &st) == 0 && st.st_dev == l->device && st.st_ino == l->inode)
		unlink(l->path);
	if (l->fd >= 0)
		close(l->fd);
	if (l->lock_fd >= 0) {
		lock_path(l, path, sizeof path);
		unlink(path);
		close(l->lock_fd);
	}
	free(l->path);
	free(l->address);
	free(l);
}

int saw_listener_fd(const struct saw_listener *l) {
	return l->fd;
}

int saw_listener_permit(struct saw_listener *l, unsigned mode, const char *group, struct saw_err *err) {
	gid_t gid = (gid_t)-1;
	int rc = l->path ? find_group(l, group, &gid, err) : 0;

	if (rc || !l->path)
		return rc;
	if ((gid != (gid_t)-1 && lchown(l->path, (uid_t)-1, gid) < 0) || chmod(l->path, mode) < 0)
		return cannot(l, -errno, saw_strerror(-errno), err);
	return 0;
}

bool saw_listener_is_unix(const struct saw_listener *l) {
	return l->path != NULL;
}

bool saw_listener_is_local(const struct saw_listener *l) {
	return saw_listen_place_is_local(&(struct saw_listen_place){.path = l->path, .address = l->address});
}

bool saw_listen_place_is_local(const struct saw_listen_place *place) {
	static const uint8_t loopback[16] = {[15] = 1};
	struct saw_addr a;

	if (place->path)
		return true;
	if (saw_addr_parse(saw_str_of(place->address), &a))
		return false;
	return a.family == 6 ? memcmp(a.bytes, loopback, sizeof loopback) == 0 : a.bytes[0] == 127;
}

static bool same(const char *a, const char *b) {
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool saw_listener_at(const struct saw_listener *l, const struct saw_listen_place *place) {
	if (!same(l->path, place->path))
		return false;
	if (l->path)
		return true;
	return same(l->address, place->address) && l->wanted == place->port;
}

const char *saw_listener_url(const struct saw_listener *l, bool tls, char *out, size_t n) {
	if (l->path)
		snprintf(out, n, "unix:%s", l->path);
	else
		snprintf(out, n, strchr(l->address, ':') ? "%s://[%s]:%u/" : "%s://%s:%u/", tls ? "https" : "http", l->address,
				 l->port);
	return out;
}
