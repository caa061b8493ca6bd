/**
 * Perl with both ends of a connection over loopback: everything that is sent has arrived when the system call returns.
 */
export const bothEnds = `
  socket my $listener, AF_INET, SOCK_STREAM, 0 or die $!;
  setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1 or die $!;
  bind $listener, sockaddr_in(8080, INADDR_LOOPBACK) or die $!;
  listen $listener, 9 or die $!;
  socket my $client, AF_INET, SOCK_STREAM, 0 or die $!;
  my $server;
  sub join_both {
    connect $client, sockaddr_in(8080, INADDR_LOOPBACK) or die $!;
    accept $server, $listener or die $!;
  }
  sub send_all {
    my ($from, $to, $size) = @_;
    syswrite $from, 'x' x $size or die $!;
    for (my $rest = $size; $rest > 0; $rest -= length $_) { sysread $to, $_, $rest or die $! }
  }
  sub talk { send_all $client, $server, 1000; send_all $server, $client, 500; send_all $client, $server, 1 }
  # What Node's resetAndDestroy does.
  sub abort { setsockopt $client, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0 or die $!; close $client or die $! }
  # By connect(AF_UNSPEC): the socket can connect again.
  sub disconnect { connect $client, pack 'S x14', 0 or die $! }
  sub end_of { sysread $_[0], my $rest, 1 and die 'there is more' }
  sub finish_by_server { shutdown $server, 1; end_of $client; close $client; end_of $server; close $server }
  sub finish { shutdown $client, 1; end_of $server; close $server; end_of $client; close $client }
`
