// SPDX-License-Identifier: MIT
package main

import (
	"strconv"
	"time"
)

const operations = 16384

// mapOps reads or writes single entries of a hash of 65,536: OBJECT SAMPLES get|set.
func mapOps(args []string) error {
	samples, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	objects, err := load(args[0], "fill_hash")
	if err != nil {
		return err
	}
	defer objects.Close()
	if _, err := run(objects.Programs["fill_hash"], 65536); err != nil {
		return err
	}
	flows := objects.Maps["flows"]
	operate := func(key *key, value *value) error { return flows.Lookup(key, value) }
	if args[2] == "set" {
		operate = func(key *key, value *value) error { return flows.Put(key, value) }
	}

	var times []float64
	// The first turns warm up and are not told.
	for i := -warmUp; i < samples; i++ {
		start := time.Now()
		for n := uint32(0); n < operations; n++ {
			key := key{0x0000000a + n<<8, 0x0200000a, uint16(n), 443, 6}
			value := value{1, 2, 3, 4, 0x12, 2}
			if err := operate(&key, &value); err != nil {
				return err
			}
		}
		elapsed := time.Since(start)
		if i >= 0 {
			times = append(times, float64(elapsed.Nanoseconds())/operations)
		}
	}
	return print(map[string][]float64{"time": times})
}
