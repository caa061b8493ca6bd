import test from 'ava'
import { BpfError, RingBuffer } from 'ebpf'
import { binding } from './addon.js'

/** RTM_GETLINK with NLM_F_REQUEST | NLM_F_DUMP. */
function dumpRequest(): Uint8Array {
  const message = new Uint8Array(32)
  const view = new DataView(message.buffer)
  view.setUint32(0, message.length, true)
  view.setUint16(4, 18, true)
  view.setUint16(6, 0x301, true)
  return message
}

test('a netlink socket sends, receives, and has nothing to receive at the end', (t) => {
  const socket = binding.openNetlink({})
  const to = new Uint8Array(65_536)
  t.is(socket.receive(to), 0)
  socket.send(dumpRequest())
  t.true(socket.receive(to) > 32)
  while (socket.receive(to) > 0);
  socket.close()
})

test('a datagram that does not fit is an error that names the size', (t) => {
  const socket = binding.openNetlink({})
  for (const size of [0, 16]) {
    socket.send(dumpRequest())
    t.throws(() => socket.receive(new Uint8Array(size)), {
      instanceOf: BpfError,
      code: 'EMSGSIZE',
      message: new RegExp(`: ${size} bytes are not enough`),
    })
    while (socket.receive(new Uint8Array(65_536)) > 0);
  }
  socket.close()
})

test('a closed netlink socket raises EBADF, and closes again', (t) => {
  const socket = binding.openNetlink({ groups: 1 })
  socket.wait(() => t.fail())
  t.throws(() => socket.wait(() => {}), { instanceOf: BpfError, code: 'EBUSY' })
  socket.close()
  socket.close()
  for (const use of [
    () => socket.send(new Uint8Array(16)),
    () => socket.receive(new Uint8Array(16)),
    () => socket.wait(() => {}),
    () => socket.cancel(),
    () => socket.unref(),
  ]) {
    t.throws(use, { instanceOf: BpfError, code: 'EBADF' })
  }
})

test('rubbish is refused by its name, and by the kernel', (t) => {
  const socket = binding.openNetlink({})
  t.throws(() => socket.send('x' as unknown as Uint8Array), { instanceOf: TypeError, message: /message .*x/ })
  t.throws(() => socket.receive(5 as unknown as Uint8Array), { instanceOf: TypeError, message: /to .*5/ })
  t.throws(() => socket.wait(null as unknown as () => void), { instanceOf: TypeError, message: /callback/ })
  t.throws(() => binding.openNetlink({ groups: -1 }), { message: /groups .*-1/ })
  t.throws(() => socket.send.call(Object.create(RingBuffer.prototype), new Uint8Array(16)), { instanceOf: Error })
  // netlink_rcv_skb passes over what is no message.
  socket.send(new Uint8Array(16))
  socket.send(new Uint8Array([255, 255, 255, 255, ...new Uint8Array(12)]))
  t.is(socket.receive(new Uint8Array(65_536)), 0)
  socket.close()
})
