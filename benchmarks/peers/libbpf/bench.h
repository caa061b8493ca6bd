/* SPDX-License-Identifier: MIT */
/* What the peers in C share: the object, a run of one of its programs, the clock, and the samples as JSON. */
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Turns before the first that is told: as many as JavaScript takes to be compiled. */
#define WARM_UP 5

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static inline int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

/* Opens an object to load the named programs of it and no others. */
static inline struct bpf_object *open_object(const char *path, const char *const *names, int count)
{
	struct bpf_program *program;
	struct bpf_object *object;

	libbpf_set_print(quiet);
	object = bpf_object__open(path);
	if (!object)
		fail(path);
	bpf_object__for_each_program(program, object)
	{
		bool wanted = false;

		for (int i = 0; i < count; i++)
			wanted |= strcmp(bpf_program__name(program), names[i]) == 0;
		bpf_program__set_autoload(program, wanted);
	}
	return object;
}

static inline struct bpf_object *load(const char *path, const char *const *names, int count)
{
	struct bpf_object *object = open_object(path, names, count);

	if (bpf_object__load(object))
		fail(path);
	return object;
}

static inline int program_fd(struct bpf_object *object, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);

	if (!program)
		fail(name);
	return bpf_program__fd(program);
}

static inline int map_fd(struct bpf_object *object, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);

	if (fd < 0)
		fail(name);
	return fd;
}

/* Runs the program `repeat` times and returns what the last run returned. */
static inline uint32_t run(int program, int repeat)
{
	char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet), .repeat = repeat);

	while (bpf_prog_test_run_opts(program, &options))
		if (errno != EINTR)
			fail("run");
	return options.retval;
}

/* `{"NAME":[1.5,1.4]}` */
static inline void print_samples(const char *name, const double *samples, int count)
{
	printf("{\"%s\":[", name);
	for (int i = 0; i < count; i++)
		printf("%s%.3f", i ? "," : "", samples[i]);
	printf("]}\n");
	fflush(stdout);
}
