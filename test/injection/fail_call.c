// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Preloaded into Node.js, lets one system call of the addon fail: the test opens "/fail-call/CALL/ERRNO", and the call of that number from
 * there on returns ERRNO without having been made. Number 0 only counts. Reading "/fail-call/report" ends it, and tells how many calls
 * there were and which one failed, or when they were only counted, a line for each. "/fail-call-node/" counts the calls by which Node.js works on files for JavaScript on the main thread
 * instead, and "/fail-call-memory/" the addon's allocations of memory.
 */
#define _GNU_SOURCE
#include <dirent.h>
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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int error_wanted;
/* What is counted; nothing when it is not armed. */
static enum { NOTHING, CALLS, NODE, MEMORY } armed;
static long wanted, count;
static char failed[64];
/* When calls are only counted: the name of each, a line each, as far as there is room. */
static char names[1 << 18];
static size_t names_length;
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

static int is_addons(const void *caller)
{
	return (uintptr_t)caller >= addon_start && (uintptr_t)caller < addon_end;
}

static int is_main_thread(void)
{
	return getpid() == gettid();
}

/* Whether this one, of those that are counted, is the one. */
static int is_wanted(const char *name, long detail, int error)
{
	int result = 0;

	pthread_mutex_lock(&lock);
	if (armed && wanted == 0 && names_length + sizeof(failed) < sizeof(names))
		names_length += (size_t)sprintf(names + names_length, detail < 0 ? "%s\n" : "%s %ld\n", name, detail);
	if (armed && ++count == wanted) {
		snprintf(failed, sizeof(failed), detail < 0 ? "%s" : "%s %ld", name, detail);
		errno = error_wanted ? error_wanted : error;
		result = 1;
	}
	pthread_mutex_unlock(&lock);
	return result;
}

/* Whether this system call is the one; of_node: Node.js makes it for JavaScript. */
static int fails(const void *caller, int of_node, const char *name, long detail, int error)
{
	if (armed == CALLS ? !is_addons(caller) : !(armed == NODE && of_node && !is_addons(caller) && is_main_thread()))
		return 0;
	return is_wanted(name, detail, error);
}

static int fails_to_allocate(const void *caller, size_t size)
{
	return armed == MEMORY && is_addons(caller) && is_wanted("allocate", (long)size, ENOMEM);
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return fails_to_allocate(__builtin_return_address(0), size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails_to_allocate(__builtin_return_address(0), count * size) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails_to_allocate(__builtin_return_address(0), size) ? NULL : __libc_realloc(old, size);
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
	static char text[sizeof(names) + 128];

	if (strncmp(path, "/fail-call", 10))
		return 0;
	if (!strcmp(path, "/fail-call/report")) {
		armed = NOTHING;
		snprintf(text, sizeof(text), "%ld %s\n%s", count, failed, names);
		*fd = file_of(text);
		return 1;
	}
	dl_iterate_phdr(find_addon, NULL);
	count = 0;
	failed[0] = names[0] = 0;
	names_length = 0;
	if (sscanf(strchr(path + 1, '/'), "/%ld/%d", &wanted, &error_wanted) != 2 || !addon_start)
		abort();
	armed = !strncmp(path, "/fail-call-memory/", 18) ? MEMORY : !strncmp(path, "/fail-call-node/", 16) ? NODE : CALLS;
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
CALL(int, fstatfs64, ENOMEM, (int fd, struct statfs64 *found), fd, found)
CALL(int, open_by_handle_at, EMFILE, (int mount, struct file_handle *handle, int flags), mount, handle, flags)
CALL(int, setns, ENOMEM, (int fd, int kind), fd, kind)

/* By which Node.js looks at files for JavaScript, too. */
#define FILE_CALL(type, name, failure, error, parameters, ...)                         \
	type name parameters                                                           \
	{                                                                              \
		if (fails(__builtin_return_address(0), 1, #name, -1, error))           \
			return failure;                                                \
		return REAL(name)(__VA_ARGS__);                                        \
	}
FILE_CALL(ssize_t, readlink, -1, ENOMEM, (const char *path, char *buffer, size_t size), path, buffer, size)
FILE_CALL(int, statx, -1, ENOMEM, (int at, const char *path, int flags, unsigned int mask, struct statx *found), at, path, flags,
	  mask, found)
FILE_CALL(DIR *, opendir, NULL, EMFILE, (const char *path), path)
FILE_CALL(int, scandir64, -1, EMFILE,
	  (const char *path, struct dirent64 ***list, int (*filter)(const struct dirent64 *),
	   int (*compare)(const struct dirent64 **, const struct dirent64 **)),
	  path, list, filter, compare)

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
	if (fails(__builtin_return_address(0), 0, "pthread_create", -1, EAGAIN))
		return EAGAIN;
	return REAL(pthread_create)(thread, attributes, start, argument);
}

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
