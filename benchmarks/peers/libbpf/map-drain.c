// SPDX-License-Identifier: MIT
/* map-drain OBJECT hash|percpu ENTRIES SAMPLES read|drain: a whole map by batches of 4096, each value copied once more. */
#include "bench.h"
#include "flow.h"

#define BATCH 4096

struct flow {
	struct key key;
	struct value value;
};

static int walk(int map, int remove, int cpus, struct flow *flows, struct key *keys, struct value *values)
{
	uint64_t cursor = 0;
	int total = 0;

	for (bool first = true;; first = false) {
		uint32_t count = BATCH;
		void *from = first ? NULL : &cursor;
		int error = remove ? bpf_map_lookup_and_delete_batch(map, from, &cursor, keys, values, &count, NULL)
				   : bpf_map_lookup_batch(map, from, &cursor, keys, values, &count, NULL);

		if (error && errno != ENOENT)
			fail("batch");
		for (uint32_t i = 0; i < count; i++) {
			flows[total].key = keys[i];
			for (int cpu = 0; cpu < cpus; cpu++)
				flows[total].value = values[i * cpus + cpu];
			total++;
		}
		if (error)
			return total;
	}
}

int main(int argc, char **argv)
{
	if (argc != 6)
		return 2;
	bool percpu = strcmp(argv[2], "percpu") == 0;
	const char *name = percpu ? "fill_percpu" : "fill_hash", *map_name = percpu ? "flows_by_cpu" : "flows";
	int entries = atoi(argv[3]), count = atoi(argv[4]), remove = strcmp(argv[5], "drain") == 0;
	struct bpf_object *object = open_object(argv[1], &name, 1);

	if (bpf_map__set_max_entries(bpf_object__find_map_by_name(object, map_name), entries) ||
	    bpf_object__load(object))
		fail(argv[1]);
	int program = program_fd(object, name), map = map_fd(object, map_name);
	int cpus = percpu ? libbpf_num_possible_cpus() : 1;
	struct flow *flows = calloc(entries, sizeof(*flows));
	struct key *keys = calloc(BATCH, sizeof(*keys));
	struct value *values = calloc(BATCH * cpus, sizeof(*values));
	double *samples = calloc(count, sizeof(*samples));

	if (!flows || !keys || !values || !samples)
		fail("calloc");
	/* The first turns warm up and are not told. */
	int first = entries * WARM_UP < 200000 ? -200000 / entries : -WARM_UP;
	for (int i = first; i < count; i++) {
		if (i == first || remove)
			run(program, entries);
		int64_t start = now();
		int total = walk(map, remove, cpus, flows, keys, values);
		int64_t time = now() - start;
		if (total != entries) {
			fprintf(stderr, "%d of %d entries\n", total, entries);
			return 1;
		}
		if (i >= 0)
			samples[i] = (double)time / total;
	}
	print_samples("time", samples, count);
	return 0;
}
