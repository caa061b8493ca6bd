// SPDX-License-Identifier: MIT

// Command cilium-ebpf is the peer in Go: the name of a benchmark, then what the peer in C takes.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/cilium/ebpf"
)

var benchmarks = map[string]func(args []string) error{
	"map-drain":     mapDrain,
	"map-ops":       mapOps,
	"ringbuf-drain": ringbufDrain,
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 || benchmarks[os.Args[1]] == nil {
		log.Fatalf("no benchmark is called %q", os.Args[1:])
	}
	if err := benchmarks[os.Args[1]](os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

// openSpec opens an object to load the named programs of it and no others.
func openSpec(path string, names ...string) (*ebpf.CollectionSpec, error) {
	spec, err := ebpf.LoadCollectionSpec(path)
	if err != nil {
		return nil, err
	}
	for name := range spec.Programs {
		wanted := false
		for _, each := range names {
			wanted = wanted || each == name
		}
		if !wanted {
			delete(spec.Programs, name)
		}
	}
	return spec, nil
}

func load(path string, names ...string) (*ebpf.Collection, error) {
	spec, err := openSpec(path, names...)
	if err != nil {
		return nil, err
	}
	return ebpf.NewCollection(spec)
}

// run runs the program `repeat` times and returns what the last run returned.
func run(program *ebpf.Program, repeat int) (uint32, error) {
	result, _, err := program.Benchmark(make([]byte, 64), repeat, nil)
	return result, err
}

func print(metrics map[string][]float64) error {
	text, err := json.Marshal(metrics)
	if err == nil {
		fmt.Println(string(text))
	}
	return err
}
