import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { runDelay } from '../src/run-delay.ts'

/** Works for so long, in milliseconds. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test.runIf(existsSync('/proc/thread-self/schedstat'))('the run delay grows while others have the core', () => {
  const rivals = Array.from({ length: 2 * availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  )
  try {
    const before = runDelay()
    const began = performance.now()
    // Until they are up, there is nobody to wait for.
    do work(50)
    while (runDelay() - before < 50 && performance.now() - began < 10_000)
    const delay = runDelay() - before
    expect(delay).toBeGreaterThanOrEqual(50)
    expect(delay).toBeLessThanOrEqual(performance.now() - began)
  } finally {
    for (const rival of rivals) rival.kill('SIGKILL')
  }
})
