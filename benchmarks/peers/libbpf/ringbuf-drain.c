// SPDX-License-Identifier: MIT
/* ringbuf-drain OBJECT PROGRAM SAMPLES one|all: reads a full ring by ring_buffer__consume, one field of each record or all. */
#include "bench.h"

struct event {
	uint32_t sequence, pid, uid, saddr, daddr, length;
	uint16_t sport, dport;
};

static uint64_t records;
static uint32_t sum;

static int read_one(void *context, void *data, size_t size)
{
	const struct event *event = data;

	records++;
	sum ^= event->sequence;
	return 0;
}

static int read_all(void *context, void *data, size_t size)
{
	const struct event *event = data;

	records++;
	sum ^= event->sequence ^ event->pid ^ event->uid ^ event->saddr ^ event->daddr ^ event->length ^ event->sport ^
	       event->dport;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	int count = atoi(argv[3]);
	struct bpf_object *object = load(argv[1], (const char *const *)&argv[2], 1);
	int program = program_fd(object, argv[2]);
	struct ring_buffer *ring =
		ring_buffer__new(map_fd(object, "records"), strcmp(argv[4], "all") ? read_one : read_all, NULL, NULL);
	double *samples = calloc(count, sizeof(*samples));

	if (!ring)
		fail("ring_buffer__new");
	/* The first turns warm up and are not told. */
	for (int i = -WARM_UP; i < count; i++) {
		while (!run(program, 20000))
			;
		records = 0;
		int64_t start = now();
		if (ring_buffer__consume(ring) < 0)
			fail("consume");
		int64_t time = now() - start;
		if (i >= 0)
			samples[i] = (double)time / records;
	}
	fprintf(stderr, "%u\n", sum);
	print_samples("time", samples, count);
	return 0;
}
