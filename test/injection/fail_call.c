// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Preloaded into Node.js, lets one system call of the addon fail: the test opens "/fail-call/CALL/ERRNO", and the call of that number from
 * there on returns ERRNO without having been made. Number 0 only counts. Reading "/fail-call/report" ends it, and tells how many calls
 * there were and which one failed. Calls of Node.js itself are left alone, except when it opens a file for JavaScript, with "/fail-call-all/".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int armed, and_node, error_wanted;
static long wanted, count;
static char failed[64];
static uintptr_t addon_start, addon_end;

static int find_addon(struct dl_phdr_info *info, size_t size, void *data)
{
	size_t length = strlen(info->dlpi_name);

	(void)size, (void)data;
	if (length < 5 || strcmp(info->dlpi_name + length - 5, ".node"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X)) {
			addon_start = info->dlpi_addr + segment->p_vaddr;
			addon_end = addon_start + segment->p_memsz;
		}
	}
	return 1;
}

/* Whether this call is the one. */
static int fails(const void *caller, int of_node, const char *name, long detail, int error)
{
	uintptr_t at = (uintptr_t)caller;
	int is_addons = at >= addon_start && at < addon_end;
	int result = 0;

	if (!armed || !(is_addons || (of_node && and_node)))
		return 0;
	pthread_mutex_lock(&lock);
	if (armed && ++count == wanted) {
		snprintf(failed, sizeof(failed), detail < 0 ? "%s" : "%s %ld", name, detail);
		errno = error_wanted ? error_wanted : error;
		result = 1;
	}
	pthread_mutex_unlock(&lock);
	return result;
}

static int file_of(const char *text)
{
	int fd = memfd_create("fail-call", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0))
		abort();
	return fd;
}

/* Whether the path is an order to this library, which it then obeys. */
static int is_order(const char *path, int *fd)
{
	char text[128];

	if (strncmp(path, "/fail-call", 10))
		return 0;
	if (!strcmp(path, "/fail-call/report")) {
		armed = 0;
		snprintf(text, sizeof(text), "%ld %s", count, failed);
		*fd = file_of(text);
		return 1;
	}
	dl_iterate_phdr(find_addon, NULL);
	count = 0;
	failed[0] = 0;
	and_node = !strncmp(path, "/fail-call-all/", 15);
	if (sscanf(strchr(path + 1, '/'), "/%ld/%d", &wanted, &error_wanted) != 2 || !addon_start)
		abort();
	armed = 1;
	*fd = file_of("");
	return 1;
}

#define OPEN(name)                                                                     \
	int name(const char *path, int flags, ...)                                     \
	{                                                                              \
		va_list rest;                                                          \
		mode_t mode;                                                           \
		int fd;                                                                \
                                                                                       \
		va_start(rest, flags);                                                 \
		mode = va_arg(rest, mode_t);                                           \
		va_end(rest);                                                          \
		if (is_order(path, &fd))                                               \
			return fd;                                                     \
		if (fails(__builtin_return_address(0), 1, "open", -1, EMFILE))         \
			return -1;                                                     \
		return REAL(name)(path, flags, mode);                                  \
	}
OPEN(open)
OPEN(open64)

FILE *fopen64(const char *path, const char *mode)
{
	return fails(__builtin_return_address(0), 0, "fopen", -1, EMFILE) ? NULL : REAL(fopen64)(path, mode);
}

static int error_of(long command)
{
	switch (command) {
	case BPF_MAP_CREATE:
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
	case BPF_LINK_CREATE:
	case BPF_ITER_CREATE:
	case BPF_OBJ_GET:
	case BPF_RAW_TRACEPOINT_OPEN:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_LINK_GET_FD_BY_ID:
		return EMFILE;
	default:
		return ENOMEM;
	}
}

long syscall(long number, ...)
{
	va_list rest;
	long a[6];
	int is_bpf = number == SYS_bpf;

	va_start(rest, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(rest, long);
	va_end(rest);
	if (fails(__builtin_return_address(0), 0, is_bpf ? "bpf" : "syscall", is_bpf ? a[0] : number,
		  is_bpf ? error_of(a[0]) : EMFILE))
		return -1;
	return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#define CALL(type, name, error, parameters, ...)                                       \
	type name parameters                                                           \
	{                                                                              \
		if (fails(__builtin_return_address(0), 0, #name, -1, error))           \
			return (type)-1;                                               \
		return REAL(name)(__VA_ARGS__);                                        \
	}
CALL(int, socket, EMFILE, (int domain, int type, int protocol), domain, type, protocol)
CALL(int, bind, ENOBUFS, (int fd, const struct sockaddr *address, socklen_t length), fd, address, length)
CALL(int, setsockopt, ENOMEM, (int fd, int level, int name, const void *value, socklen_t length), fd, level, name, value,
     length)
CALL(int, getsockname, ENOBUFS, (int fd, struct sockaddr *address, socklen_t *length), fd, address, length)
CALL(ssize_t, send, ENOBUFS, (int fd, const void *bytes, size_t length, int flags), fd, bytes, length, flags)
CALL(ssize_t, recvmsg, ENOBUFS, (int fd, struct msghdr *message, int flags), fd, message, flags)
CALL(ssize_t, recv, ENOBUFS, (int fd, void *bytes, size_t length, int flags), fd, bytes, length, flags)
CALL(ssize_t, recvfrom, ENOBUFS,
     (int fd, void *bytes, size_t length, int flags, struct sockaddr *sender, socklen_t *size), fd, bytes, length, flags,
     sender, size)
CALL(ssize_t, read, EIO, (int fd, void *bytes, size_t length), fd, bytes, length)
CALL(ssize_t, pread64, EIO, (int fd, void *bytes, size_t length, off64_t at), fd, bytes, length, at)
CALL(void *, mmap64, ENOMEM, (void *at, size_t length, int access, int flags, int fd, off64_t offset), at, length, access,
     flags, fd, offset)
CALL(int, epoll_create1, EMFILE, (int flags), flags)
CALL(int, epoll_ctl, ENOSPC, (int set, int what, int fd, struct epoll_event *event), set, what, fd, event)
CALL(int, setns, ENOMEM, (int fd, int kind), fd, kind)

int fcntl64(int fd, int command, ...)
{
	va_list rest;
	long value;

	va_start(rest, command);
	value = va_arg(rest, long);
	va_end(rest);
	if ((command == F_DUPFD || command == F_DUPFD_CLOEXEC) &&
	    fails(__builtin_return_address(0), 0, "dup", -1, EMFILE))
		return -1;
	return REAL(fcntl64)(fd, command, value);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list rest;
	void *value;

	va_start(rest, request);
	value = va_arg(rest, void *);
	va_end(rest);
	if (fails(__builtin_return_address(0), 0, "ioctl", -1, ENOMEM))
		return -1;
	return REAL(ioctl)(fd, request, value);
}
