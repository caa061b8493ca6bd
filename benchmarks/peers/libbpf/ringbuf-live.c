// SPDX-License-Identifier: MIT
/*
 * ringbuf-live OBJECT PROGRAM CPUS RECORDS RATE PRODUCER: reads by ring_buffer__poll what the producer writes meanwhile. Prints what was
 * delivered a second, from the first record to the last, and what the reader took of a processor for it; or how late
 * records came that tell when they were written.
 */
#include "bench.h"
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

struct small {
	uint32_t sequence, length;
	uint64_t time;
};

extern char **environ;
static uint64_t records;
static uint32_t sum;
static double *latencies, cpu_start;
static int64_t start;
static bool over;

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int on_record(void *context, void *data, size_t size)
{
	const struct small *record = data;

	if (!start) {
		cpu_start = cpu_seconds();
		start = now();
	}
	if (size == 8) {
		over = true;
		return 0;
	}
	if (latencies)
		latencies[records] = now() - record->time;
	records++;
	sum ^= record->sequence;
	return 0;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static uint32_t program_id(int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_prog_get_info_by_fd(fd, &info, &size))
		fail("info");
	return info.id;
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_map_get_info_by_fd(fd, &info, &size))
		fail("info");
	return info.id;
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return 2;
	const char *names[] = { argv[2], "finish" };
	struct bpf_object *object = load(argv[1], names, 2);
	struct ring_buffer *ring = ring_buffer__new(map_fd(object, "records"), on_record, NULL, NULL);
	char emit[16], finish[16], counts[16];
	pid_t producer;

	if (!ring)
		fail("ring_buffer__new");
	if (strcmp(argv[2], "emit_small") == 0)
		latencies = calloc(atoi(argv[4]) + 1000, sizeof(*latencies));
	sprintf(emit, "%u", program_id(program_fd(object, argv[2])));
	sprintf(finish, "%u", program_id(program_fd(object, "finish")));
	sprintf(counts, "%u", map_id(map_fd(object, "counts")));
	char *arguments[] = { argv[6], emit, finish, counts, argv[3], argv[4], argv[5], NULL };

	if (posix_spawn(&producer, argv[6], NULL, NULL, arguments, environ))
		fail(argv[6]);
	while (!over)
		if (ring_buffer__poll(ring, -1) < 0 && errno != EINTR)
			fail("poll");
	double seconds = (now() - start) / 1e9, cpu = cpu_seconds() - cpu_start;
	int status;
	waitpid(producer, &status, 0);
	fprintf(stderr, "%u\n", sum);
	if (latencies) {
		/* The first quarter warms up and is not told. */
		uint64_t told = records - records / 4;

		latencies += records / 4;
		qsort(latencies, told, sizeof(*latencies), ascending);
		printf("{\"p50\":[%.3f],\"p99\":[%.3f],\"p99.9\":[%.3f]}\n", latencies[told / 2] / 1e3,
		       latencies[told * 99 / 100] / 1e3, latencies[told * 999 / 1000] / 1e3);
	} else {
		printf("{\"delivered\":[%.0f],\"cpu\":[%.3f],\"busy\":[%.3f]}\n", records / seconds,
		       cpu * 1e9 / records, 100 * cpu / seconds);
	}
	return status != 0;
}
