import test from 'ava'
import { ipBytes, ipText, ipv4Bytes, ipv4Text, ipv6Bytes, ipv6Text, macBytes, macText } from '../../lib/btf/address.js'
import { viewOf } from '../helpers/codec-strategies.js'

const v6 = (text: string) => ipv6Text(viewOf(Uint8Array.from(ipv6Bytes(text) ?? [])), 0)

test('IPv6 addresses are written as RFC 5952 says', (t) => {
  for (const [given, expected] of [
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:1:2:3:4:5:6', '::1:2:3:4:5:6'],
    ['fe80::ffff:ffff:ffff:ffff', 'fe80::ffff:ffff:ffff:ffff'],
    ['::ffff:c000:0201', '::ffff:192.0.2.1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    // Each of the groups before the last two makes one that is not IPv4-mapped.
    ['::1:ffff:192.0.2.1', '::1:ffff:c000:201'],
    ['0:0:1::ffff:192.0.2.1', '::1:0:0:ffff:c000:201'],
    ['1::ffff:192.0.2.1', '1::ffff:c000:201'],
  ] as const) {
    t.is(v6(given), expected)
  }
})

test('IPv4 and MAC addresses come back as they were', (t) => {
  t.is(ipv4Text(viewOf(Uint8Array.from([9, ...(ipv4Bytes('192.0.2.1') ?? [])])), 1), '192.0.2.1')
  t.is(macText(viewOf(Uint8Array.from(macBytes('0A:00:ff:10:20:3c') ?? [])), 0), '0a:00:ff:10:20:3c')
})

test('an address of either version is told by whether it is IPv4-mapped', (t) => {
  for (const text of ['192.0.2.1', '2001:db8::1', '::', '::ffff:0:192.0.2.1']) {
    const bytes = Uint8Array.from(ipBytes(text) ?? [])
    t.is(bytes.length, 16)
    t.is(ipText(viewOf(bytes), 0), text === '::ffff:0:192.0.2.1' ? '::ffff:0:c000:201' : text)
  }
})

test('what is no address is undefined', (t) => {
  for (const text of ['', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', '::1', '1.2.3.4\0']) {
    t.is(ipv4Bytes(text), undefined, text)
  }
  for (const text of ['', ':', ':::', '1:2:3:4:5:6:7', '1::2::3', '12345::', 'fe80::1%lo', '1.2.3.4']) {
    t.is(ipv6Bytes(text), undefined, text)
  }
  for (const text of ['', '0:0:0:0:0:0', '00-00-00-00-00-00', '00:00:00:00:00:0g', '00:00:00:00:00:00:00']) {
    t.is(macBytes(text), undefined, text)
  }
})
