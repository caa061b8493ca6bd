// SPDX-License-Identifier: MIT
package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/cilium/ebpf"
)

const batch = 4096

// mapDrain reads a whole hash by batches of 4096 and copies each entry:
// OBJECT hash ENTRIES SAMPLES read|drain.
func mapDrain(args []string) error {
	entries, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	samples, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	if args[1] != "hash" {
		return fmt.Errorf("no batches of %s", args[1])
	}
	spec, err := openSpec(args[0], "fill_hash")
	if err != nil {
		return err
	}
	spec.Maps["flows"].MaxEntries = uint32(entries)
	objects, err := ebpf.NewCollection(spec)
	if err != nil {
		return err
	}
	defer objects.Close()
	lookup := objects.Maps["flows"].BatchLookup
	if args[4] == "drain" {
		lookup = objects.Maps["flows"].BatchLookupAndDelete
	}

	flows := make([]flow, entries)
	keys := make([]key, batch)
	values := make([]value, batch)
	walk := func() (int, error) {
		var total int
		var cursor key
		for first := true; ; first = false {
			var from interface{}
			if !first {
				from = cursor
			}
			count, err := lookup(from, &cursor, keys, values, nil)
			if err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
				return total, err
			}
			for i := 0; i < count; i++ {
				flows[total] = flow{keys[i], values[i]}
				total++
			}
			if err != nil {
				return total, nil
			}
		}
	}

	var times []float64
	// The first turns warm up and are not told.
	first := -warmUp
	if entries*warmUp < 200000 {
		first = -200000 / entries
	}
	for i := first; i < samples; i++ {
		if i == first || args[4] == "drain" {
			if _, err := run(objects.Programs["fill_hash"], entries); err != nil {
				return err
			}
		}
		start := time.Now()
		total, err := walk()
		if err != nil {
			return err
		}
		elapsed := time.Since(start)
		if total != entries {
			return fmt.Errorf("%d of %d entries", total, entries)
		}
		if i >= 0 {
			times = append(times, float64(elapsed.Nanoseconds())/float64(total))
		}
	}
	return print(map[string][]float64{"time": times})
}
