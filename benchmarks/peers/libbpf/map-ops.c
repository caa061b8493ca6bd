// SPDX-License-Identifier: MIT
/* map-ops OBJECT SAMPLES get|set: single entries of a hash of 65,536. */
#include "bench.h"
#include "flow.h"

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	const char *name = "fill_hash";
	int count = atoi(argv[2]), operations = 16384, set = strcmp(argv[3], "set") == 0;
	struct bpf_object *object = load(argv[1], &name, 1);
	int map = map_fd(object, "flows");
	double *samples = calloc(count, sizeof(*samples));

	run(program_fd(object, name), 65536);
	/* The first turns warm up and are not told. */
	for (int i = -WARM_UP; i < count; i++) {
		int64_t start = now();
		for (uint32_t n = 0; n < operations; n++) {
			struct key key = { 0x0000000a + (n << 8), 0x0200000a, n, 443, 6 };
			struct value value = { n, n, n, n, 0x12, 2 };

			if (set ? bpf_map_update_elem(map, &key, &value, BPF_ANY)
				: bpf_map_lookup_elem(map, &key, &value))
				fail("operation");
		}
		if (i >= 0)
			samples[i] = (double)(now() - start) / operations;
	}
	print_samples("time", samples, count);
	return 0;
}
