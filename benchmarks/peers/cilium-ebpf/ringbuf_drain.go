// SPDX-License-Identifier: MIT
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/cilium/ebpf/ringbuf"
)

// warmUp is how many turns come before the first that is told, as for the other peers.
const warmUp = 5

type count struct {
	Written uint64
	Lost    uint64
}

// ringbufDrain reads a full ring by Reader.ReadInto, one field of each record or all:
// OBJECT PROGRAM SAMPLES one|all.
func ringbufDrain(args []string) error {
	samples, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	objects, err := load(args[0], args[1])
	if err != nil {
		return err
	}
	defer objects.Close()
	reader, err := ringbuf.NewReader(objects.Maps["records"])
	if err != nil {
		return err
	}
	defer reader.Close()

	var times []float64
	var before uint64
	var sum uint32
	var record ringbuf.Record
	// The first turns warm up and are not told.
	for i := -warmUp; i < samples; i++ {
		for full := uint32(0); full == 0; {
			if full, err = run(objects.Programs[args[1]], 20000); err != nil {
				return err
			}
		}
		var counts []count
		if err := objects.Maps["counts"].Lookup(uint32(0), &counts); err != nil {
			return err
		}
		var written uint64
		for _, each := range counts {
			written += each.Written
		}
		records := written - before
		before = written
		start := time.Now()
		for n := uint64(0); n < records; n++ {
			if err := reader.ReadInto(&record); err != nil {
				return err
			}
			bytes := record.RawSample
			sum ^= binary.LittleEndian.Uint32(bytes)
			if args[3] == "all" {
				for at := 4; at < 24; at += 4 {
					sum ^= binary.LittleEndian.Uint32(bytes[at:])
				}
				sum ^= uint32(binary.LittleEndian.Uint16(bytes[24:])) ^ uint32(binary.LittleEndian.Uint16(bytes[26:]))
			}
		}
		elapsed := time.Since(start)
		if i >= 0 {
			times = append(times, float64(elapsed.Nanoseconds())/float64(records))
		}
	}
	fmt.Fprintln(os.Stderr, sum)
	return print(map[string][]float64{"time": times})
}
