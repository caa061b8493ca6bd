import test from 'ava'
import { didYouMean, misspelt, nearest } from '../../lib/nearest.js'

test('finds names with a letter too many, too few, wrong or swapped', (t) => {
  const names = ['direction', 'interface', 'netns', 'priority']
  t.deepEqual(nearest('directon', names), ['direction'])
  t.deepEqual(nearest('directtion', names), ['direction'])
  t.deepEqual(nearest('directian', names), ['direction'])
  t.deepEqual(nearest('driection', names), ['direction'])
  t.deepEqual(nearest('Direction', names), ['direction'])
})

test('finds names that begin with what was given, the shortest first', (t) => {
  const names = ['tcp_retransmit_synack', 'tcp_retransmit_skb', 'udp_rcv']
  t.deepEqual(nearest('tcp_retransmit', names), ['tcp_retransmit_skb', 'tcp_retransmit_synack'])
})

test('finds nothing where nothing is close', (t) => {
  t.deepEqual(nearest('colour', ['interface', 'netns']), [])
  t.is(didYouMean('colour', ['interface', 'netns']), '')
  t.deepEqual(nearest('', ['a', 'interface']), [])
})

test('a message names up to three, without what a terminal would act on', (t) => {
  t.is(didYouMean('vfs_raed', ['vfs_read', 'vfs_write']), "; did you mean 'vfs_read'?")
  t.is(didYouMean('abcd', ['abce', 'abcf', 'abcg', 'abch']), "; did you mean 'abce', 'abcf' or 'abcg'?")
  t.is(didYouMean('abcd', ['abc\u202e']), "; did you mean 'abc\\u{202e}'?")
})

test('a misspelling differs by a letter or two, and not by its digits alone', (t) => {
  t.is(misspelt('flow_kye', ['point', 'flow_key']), 'flow_key')
  t.is(misspelt('pont', ['point', 'flow_key']), 'point')
  t.is(misspelt('in6_addr', ['in_addr']), undefined)
  t.is(misspelt('flow', ['flow_key']), undefined)
  t.is(misspelt('point', ['print_fmt', 'paint_it']), undefined)
})
