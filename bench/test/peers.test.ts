import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

// What the README says of other pools is what they do, in the versions that are measured here.

interface Findings {
  readonly died: { readonly task: string; readonly neighbours: readonly string[] }
  readonly given: string
  readonly returned: string
  readonly waiting: number
}

const probe = fileURLToPath(new URL('./peers/probe.mjs', import.meta.url))
const asked = new Map<string, Promise<Findings>>()

function ask(pool: string): Promise<Findings> {
  const findings = asked.get(pool) ?? find(pool)
  asked.set(pool, findings)
  return findings
}

async function find(pool: string): Promise<Findings> {
  const { stdout } = await promisify(execFile)(process.execPath, [probe, pool])
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
}

describe.concurrent('a worker of another pool that dies', () => {
  test.each(['tinypool-thread', 'poolifier'])('leaves calls of %s that never settle', async (pool) => {
    const { died } = await ask(pool)
    expect([died.task, ...died.neighbours].filter((outcome) => outcome === 'never')).toHaveLength(2)
  })

  test('fails the calls that piscina had given it besides', async () => {
    const { died } = await ask('piscina')
    expect(died.task).toBe('error')
    expect(died.neighbours.filter((outcome) => outcome === 'error')).toHaveLength(1)
  })

  test.each(['tinypool-process', 'workerpool-thread', 'workerpool-process'])(
    'fails its one call in %s',
    async (pool) => {
      const { died } = await ask(pool)
      expect(died).toEqual({ task: 'error', neighbours: ['value', 'value', 'value'] })
    },
  )
})

describe.concurrent('what cannot be sent', () => {
  test('arrives as undefined in processes of workerpool, and comes from there as that', async () => {
    const { given, returned } = await ask('workerpool-process')
    expect([given, returned]).toEqual(['undefined', 'undefined'])
  })

  test('comes as undefined from processes of tinypool', async () => {
    expect((await ask('tinypool-process')).returned).toBe('undefined')
  })
})

test.concurrent.each(['piscina', 'tinypool-thread', 'workerpool-thread', 'poolifier'])(
  'calls that come faster than they are done pile up in %s',
  async (pool) => expect((await ask(pool)).waiting).toBeGreaterThan(9_900),
)
