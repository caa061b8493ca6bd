{
  'targets': [{
    'target_name': 'libbpf',
    'type': 'static_library',
    'sources': [
      'libelf_error.c',
      'source/src/bpf.c',
      'source/src/bpf_prog_linfo.c',
      'source/src/btf.c',
      'source/src/btf_dump.c',
      'source/src/btf_iter.c',
      'source/src/btf_relocate.c',
      'source/src/elf.c',
      'source/src/features.c',
      'source/src/gen_loader.c',
      'source/src/hashmap.c',
      'source/src/libbpf.c',
      'source/src/libbpf_errno.c',
      'source/src/libbpf_probes.c',
      'source/src/linker.c',
      'source/src/netlink.c',
      'source/src/nlattr.c',
      'source/src/relo_core.c',
      'source/src/ringbuf.c',
      'source/src/str_error.c',
      'source/src/strset.c',
      'source/src/usdt.c',
      'source/src/zip.c',
    ],
    'include_dirs': ['source/src', 'source/include', 'source/include/uapi'],
    'defines': ['_LARGEFILE64_SOURCE', '_FILE_OFFSET_BITS=64'],
    'cflags': ['-fPIC', '-fvisibility=hidden', '-w'],
    'cflags_c': ['-std=gnu11'],
    'direct_dependent_settings': {
      # For <bpf/...>, and for the <linux/bpf.h> that this libbpf was written against.
      'include_dirs': ['source/src', 'source/include/uapi'],
    },
    'link_settings': {
      'libraries': [
        '-l:libelf.a',
        '-l:libz.a',
        # libelf.a of elfutils 0.189 and later needs zstd where it was built with it; then its archive is there.
        "<!@(test ! -e \"$(cc -print-file-name=libzstd.a)\" || echo -l:libzstd.a)",
      ],
    },
  }],
}
