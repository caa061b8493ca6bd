/**
 * What the addon is linked with, beside the C library: the release of each, where its archive is, what of it is kept, and
 * `sha256` over the lines `path sha256` of every file kept, sorted by path.
 *
 * Debian's source packages hold the same files; `debian.suite` is the release of Debian that has the version.
 */ export const sources = [
  {
    name: 'libbpf',
    version: '1.7.0',
    upstream: 'https://github.com/libbpf/libbpf/archive/refs/tags/v1.7.0.tar.gz',
    debian: { suite: 'forky', package: 'libbpf', archive: 'libbpf_1.7.0.orig.tar.gz' },
    keep: /^(src|include)\/|^LICENSE/,
    sha256: '5841eedb50e9c8a924234e7c524c67a021ffe6ed87d861dca36c8061d6994ac5',
  },
  {
    name: 'libelf',
    version: '0.192',
    upstream: 'https://sourceware.org/elfutils/ftp/0.192/elfutils-0.192.tar.bz2',
    debian: { suite: 'trixie', package: 'elfutils', archive: 'elfutils_0.192.orig.tar.bz2' },
    keep: /^libelf\/[^/]+\.[ch]$|^lib\/((crc32|eu-search|next_prime)\.c|(eu-config|eu-search|locks|system)\.h)$|^COPYING/,
    sha256: '5fc6549546914a2610dd4ab612496ebee10839501c5b8404286694215e5a8929',
  },
  {
    name: 'zlib',
    version: '1.3.1',
    upstream: 'https://github.com/madler/zlib/releases/download/v1.3.1/zlib-1.3.1.tar.gz',
    debian: { suite: 'trixie', package: 'zlib', archive: 'zlib_1.3.dfsg+really1.3.1.orig.tar.gz' },
    keep: /^[^/]+\.[ch]$|^LICENSE$/,
    sha256: 'ae14bd9d92776f611c7aaac156875288061a8028b0068c6979e0328b121ece9d',
  },
]
