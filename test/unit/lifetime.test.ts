import test from 'ava'
import { closeAll, closeEach, Handle } from '../../lib/internal/lifetime.js'

test('all are closed, the last first, whatever one throws; then the first failure is thrown', (t) => {
  const closed: number[] = []
  const closables = [1, 2, 3].map((number) => ({
    close() {
      closed.push(number)
      if (number > 1) throw new Error(`${number} cannot be closed`)
    },
  }))
  t.throws(() => closeAll(closables), { message: '3 cannot be closed' })
  t.deepEqual(closed, [3, 2, 1])
  t.is(closeEach(closables).length, 2)
  t.notThrows(() => closeAll(closables.slice(0, 1)))
})

test('a handle whose closing fails is open, and can be closed again', (t) => {
  class Door extends Handle {}
  let stuck = true
  let closings = 0
  const door = Reflect.construct(Door, [
    {
      close() {
        closings++
        if (stuck) throw new Error('stuck')
      },
    },
    'a door',
  ]) as Door
  t.throws(() => door.close(), { message: 'stuck' })
  t.false(door.closed)
  stuck = false
  door.close()
  door.close()
  t.true(door.closed)
  t.is(closings, 2)
})
