// SPDX-License-Identifier: MIT
package main

// key and value of the maps of map.bpf.c.
type key struct {
	Saddr    uint32
	Daddr    uint32
	Sport    uint16
	Dport    uint16
	Protocol uint32
}

type value struct {
	Packets uint64
	Bytes   uint64
	First   uint64
	Last    uint64
	Flags   uint32
	Ifindex uint32
}

type flow struct {
	key
	value
}
