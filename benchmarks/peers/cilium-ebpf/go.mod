module peer

go 1.19

require github.com/cilium/ebpf v0.11.0
