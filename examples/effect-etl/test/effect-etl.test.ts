import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { isQuick } from '../../../packages/core/test/thorough.ts'
import { mainOf } from '../../run-example.ts'
import { orders } from './orders.ts'

const folder = mkdtempSync(`${tmpdir()}/effect-etl-`)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { line: number; reason: string })

/** One run of the program over a file of orders. */
class Run {
  readonly output: string
  readonly errors: string
  readonly #input: string

  constructor(name: string, csv: string) {
    this.#input = `${folder}/${name}.csv`
    this.output = `${folder}/${name}.totals.jsonl`
    this.errors = `${folder}/${name}.rejected.jsonl`
    writeFileSync(this.#input, csv)
  }

  start() {
    const args = [this.#input, '--output', this.output, '--errors', this.errors, '--processes', '2']
    return spawn(process.execPath, [mainOf('effect-etl'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  }

  async toTheEnd(): Promise<string> {
    const program = this.start()
    const [stdout, stderr] = await Promise.all([text(program.stdout), text(program.stderr), once(program, 'close')])
    expect(stderr).toBe('')
    expect(program.exitCode).toBe(0)
    return stdout
  }

  /** Ends it by a signal as soon as it has noted some progress. */
  async cutShort(signal: 'SIGKILL' | 'SIGINT'): Promise<number | NodeJS.Signals | null> {
    const program = this.start()
    const closed = once(program, 'close')
    while (!existsSync(`${this.output}.progress`)) await sleep(5)
    program.kill(signal)
    await closed
    expect(existsSync(this.output)).toBe(false)
    return program.signalCode ?? program.exitCode
  }
}

describe('effect-etl', () => {
  test('adds up what is good by country, and tells of each row that is not', async () => {
    const { csv, totals, bad } = orders(3_000)
    const run = new Run('whole', csv)
    expect(await run.toTheEnd()).toContain(`3000 rows, ${bad.length} of them rejected: ${totals.length} countries`)
    expect(linesOf(run.output)).toEqual(totals)
    expect(linesOf(run.errors).map(({ line }) => line)).toEqual(bad)
    const reasons = linesOf(run.errors).map(({ reason }) => reason)
    for (const expected of [
      '2 fields instead of 3',
      'an amount such as 12.50',
      'a country of two letters',
      'quotes do not end',
    ])
      expect(reasons.some((reason) => reason.includes(expected))).toBe(true)
  })

  test('takes no line in which something stands between quotes and the comma', async () => {
    const run = new Run('behind-quotes', 'id,country,amount\n"A1000";DE,1.00\n"A1001",DE,"1.00" \n"A1002",DE,"1.00"\n')
    expect(await run.toTheEnd()).toContain('3 rows, 2 of them rejected')
    expect(linesOf(run.output)).toEqual([{ country: 'DE', orders: 1, cents: 100 }])
    expect(linesOf(run.errors).map(({ reason }) => reason)).toEqual(Array(2).fill('quotes end before their field does'))
  })

  test('does not go on with what was noted of another file', async () => {
    const run = new Run('one-file', orders(10).csv)
    const noted = { input: '/another.csv', done: 501, totals: [], errorBytes: 0 }
    writeFileSync(`${run.output}.progress`, JSON.stringify(noted))
    const program = run.start()
    const [stderr] = await Promise.all([text(program.stderr), once(program, 'close')])
    expect(program.exitCode).toBe(1)
    expect(stderr).toMatch(/ProgressError: .* a run over \/another\.csv: .*--output/)
    expect(existsSync(run.output)).toBe(false)
  })

  test('says how it is used where it is asked', async () => {
    const program = spawn(process.execPath, [mainOf('effect-etl'), '--help'])
    const [stdout] = await Promise.all([text(program.stdout), once(program, 'close')])
    expect(program.exitCode).toBe(0)
    expect(stdout).toContain('usage: effect-etl orders.csv')
  })

  test.skipIf(isQuick).each(['SIGKILL', 'SIGINT'] as const)(
    'goes on where %s has ended it, to the same result',
    async (signal) => {
      const { csv, totals, bad } = orders(60_000)
      const run = new Run(signal, csv)
      expect(await run.cutShort(signal)).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 130)
      await run.toTheEnd()
      expect(linesOf(run.output)).toEqual(totals)
      expect(linesOf(run.errors).map(({ line }) => line)).toEqual(bad)
      expect(existsSync(`${run.output}.progress`)).toBe(false)
    },
  )

  test('fails where there is nothing to read, and leaves what an earlier run has rejected', async () => {
    const errors = `${folder}/none`
    writeFileSync(errors, 'of before')
    const program = spawn(process.execPath, [mainOf('effect-etl'), `${folder}/none.csv`, '--errors', errors])
    const [stderr] = await Promise.all([text(program.stderr), once(program, 'close')])
    expect(program.exitCode).toBe(1)
    expect(stderr).toContain('ReadError')
    expect(readFileSync(errors, 'utf8')).toBe('of before')
  })

  test.each([
    ['a flag that there is not', ['orders.csv', '--fast']],
    ['a flag without its value', ['orders.csv', '--output']],
    ['no file', []],
  ])('says how it is used where it is given %s', async (_what, args) => {
    const program = spawn(process.execPath, [mainOf('effect-etl'), ...args])
    const [stderr] = await Promise.all([text(program.stderr), once(program, 'close')])
    expect(program.exitCode).toBe(2)
    expect(stderr).toContain('usage: effect-etl orders.csv')
    expect(stderr).not.toMatch(/ERR_PARSE_ARGS|^ +at /m)
  })
})
