import { Pool, taskModule } from '@millrace/node'

const tasks = taskModule('file:///tmp/exp/pool/tasks.mjs')
const pool = new Pool({ processes: 2, kind: process.argv[2] })
await pool.prewarm()
await pool.map(tasks.double, [1, 2, 3])
for (let r = 0; r < 1; r++) {
  const c = process.cpuUsage(),
    t = performance.now()
  await Promise.all(Array.from({ length: 20000 }, (_, i) => pool.apply(tasks.double, [i])))
  const u = process.cpuUsage(c)
  console.log(
    'round',
    r,
    'wall us/task',
    ((performance.now() - t) / 20).toFixed(2),
    'cpu us/task',
    ((u.user + u.system) / 20000).toFixed(2),
  )
}
await pool.close()
await pool.join()
