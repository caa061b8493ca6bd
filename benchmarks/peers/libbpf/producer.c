// SPDX-License-Identifier: MIT
/*
 * producer EMIT FINISH COUNTS CPUS RECORDS RATE: writes records into a ring that another process reads, by running its programs, given
 * by their ids: RECORDS in all, from the first CPUS processors, each at RATE a second or, at 0, as fast as it can. Then the last
 * record, and what was lost.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <pthread.h>
#include <sched.h>

static int emit, records, rate;

static void *produce(void *cpu)
{
	int chunk = rate == 0 ? 10000 : rate < 1000 ? 1 : rate / 1000;
	struct timespec next;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((intptr_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity");
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (int done = 0; done < records; done += chunk) {
		run(emit, chunk);
		if (rate == 0)
			continue;
		next.tv_nsec += 1000000000LL * chunk / rate;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return 2;
	int finish = bpf_prog_get_fd_by_id(atoi(argv[2])), counts = bpf_map_get_fd_by_id(atoi(argv[3]));
	int cpus = atoi(argv[4]), possible = libbpf_num_possible_cpus();
	struct count {
		uint64_t written, lost;
	} each[possible], sum = { 0 };
	pthread_t threads[cpus];

	emit = bpf_prog_get_fd_by_id(atoi(argv[1]));
	records = atoi(argv[5]) / cpus;
	rate = atoi(argv[6]);
	if (emit < 0 || finish < 0 || counts < 0)
		fail("by id");
	int64_t start = now();
	for (intptr_t cpu = 0; cpu < cpus; cpu++)
		if (pthread_create(&threads[cpu], NULL, produce, (void *)cpu))
			fail("pthread_create");
	for (int cpu = 0; cpu < cpus; cpu++)
		pthread_join(threads[cpu], NULL);
	double seconds = (now() - start) / 1e9;
	while (run(finish, 1))
		;
	if (bpf_map_lookup_elem(counts, &(uint32_t){ 0 }, each))
		fail("counts");
	for (int cpu = 0; cpu < possible; cpu++) {
		sum.written += each[cpu].written;
		sum.lost += each[cpu].lost;
	}
	printf("{\"written\":[%.0f],\"lost\":[%.6f]}\n", sum.written / seconds,
	       100.0 * sum.lost / (sum.written + sum.lost));
	return 0;
}
