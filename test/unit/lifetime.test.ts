import test from 'ava'
import { closeAll, closeEach } from '../../lib/internal/lifetime.js'

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
