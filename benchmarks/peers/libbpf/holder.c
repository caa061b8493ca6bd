// SPDX-License-Identifier: MIT
/*
 * holder OBJECT PROGRAM MAP [ENTRIES]: loads the program for a peer that cannot, with a map of that size, and tells the map's id. For
 * each number on the standard input it runs the program as often and tells what the last run returned.
 */
#include "bench.h"

int main(int argc, char **argv)
{
	if (argc != 4 && argc != 5)
		return 2;
	struct bpf_object *object = open_object(argv[1], (const char *const *)&argv[2], 1);
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);
	int repeat;

	if (argc == 5 && bpf_map__set_max_entries(bpf_object__find_map_by_name(object, argv[3]), atoi(argv[4])))
		fail(argv[3]);
	if (bpf_object__load(object))
		fail(argv[1]);
	if (bpf_map_get_info_by_fd(map_fd(object, argv[3]), &info, &size))
		fail("info");
	printf("%u\n", info.id);
	fflush(stdout);
	while (scanf("%d", &repeat) == 1) {
		printf("%u\n", run(program_fd(object, argv[2]), repeat));
		fflush(stdout);
	}
	return 0;
}
