/** System call numbers of this architecture: Perl has no headers. */
const numbers = process.arch === 'arm64' ? { read: 63, write: 64, mmap: 222 } : { read: 0, write: 1, mmap: 9 }

/**
 * Perl that defines `ring_connect SOCKET, ADDRESS` and `ring_accept LISTENER`, which use io_uring in the kernel's
 * worker threads. It ends at once if io_uring is missing or forbidden. Memory is read and written through a pipe.
 * Layouts: include/uapi/linux/io_uring.h.
 */
export const runsIoUring = `
  my $parameters = "\\0" x 120;
  my $ring = syscall 425, 8, $parameters;
  exit 0 if $ring < 0;
  my ($entries) = unpack 'L', $parameters;
  my ($sq_head, $sq_tail, $sq_mask, $sq_entries, $sq_flags, $sq_dropped, $sq_array) = unpack 'x40 L7', $parameters;
  my ($cq_head, $cq_tail, $cq_mask, $cq_entries, $cq_overflow, $cqes) = unpack 'x80 L6', $parameters;
  sub map_ring { my $address = syscall ${numbers.mmap}, 0, 4096, 3, 0x8001, $ring, $_[0]; $address == -1 and die "mmap: $!"; $address }
  pipe my $from, my $into or die $!;
  sub poke { my ($address, $bytes) = @_; syswrite $into, $bytes;
    syscall(${numbers.read}, fileno $from, $address, length $bytes) == length $bytes or die "poke: $!" }
  sub peek { my ($address, $size) = @_; syscall(${numbers.write}, fileno $into, $address, $size) == $size or die "peek: $!";
    sysread $from, my $bytes, $size; $bytes }
  my $submitted = 0;
  my ($sq, $cq, $sqes);
  sub submit { my ($opcode, $fd, $offset, $address) = @_;
    if (!$sqes) { $sq = map_ring 0; $cq = map_ring 0x8000000; $sqes = map_ring 0x10000000 }
    my $slot = $submitted++;
    poke $sqes + 64 * $slot, pack 'C C S l Q Q x40', $opcode, 16, 0, $fd, $offset, $address;
    poke $sq + $sq_array + 4 * $slot, pack 'L', $slot;
    poke $sq + $sq_tail, pack 'L', $submitted;
    syscall(426, $ring, 1, 1, 1, 0, 0) == 1 or die "io_uring_enter: $!";
    my $result = unpack 'x8 l', peek($cq + $cqes + 16 * $slot, 16);
    poke $cq + $cq_head, pack 'L', $submitted;
    $result < 0 and die "io_uring: $result";
    $result }
  sub ring_connect { my ($socket, $to) = @_; submit 16, fileno $socket, length $to, unpack 'Q', pack 'P', $to }
  sub ring_accept { my $fd = submit 13, fileno $_[0], 0, 0; open my $socket, '+<&=', $fd or die $!; $socket }
`
