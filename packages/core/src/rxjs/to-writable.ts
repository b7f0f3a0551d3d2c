import { concatMap, Observable, type OperatorFunction } from 'rxjs'
import { BrokenPipeError } from '../errors.ts'
import { forEach } from './for-each.ts'

/** The parts of a Node stream that are written by. */
export interface NodeWritable<T> {
  /** Takes an item; false: the next one is to wait for `drain`. `done` is called when it is written, or cannot be. */
  write(item: T, done?: (error?: Error | null) => void): boolean
  /** Nothing more comes; `done` is called when all of it is written, or cannot be. */
  end(done: (error?: Error | null) => void): unknown
  /** It takes nothing any more. */
  readonly destroyed?: boolean | undefined
  /** There is room again. */
  once(event: 'drain', listener: () => void): unknown
  /** It fails. */
  on(event: 'error', listener: (error: Error) => void): unknown
  /** It will take nothing any more. */
  on(event: 'close', listener: () => void): unknown
  /** Ends that. */
  off(event: 'error' | 'close', listener: (error: Error) => void): unknown
  /** Gives it up. */
  destroy(error?: Error): unknown
}

/** The parts of a Web stream that are written by. */
export interface WebWritable<T> {
  /** Has it to itself for as long as it writes. */
  getWriter(): {
    readonly ready: Promise<unknown>
    write(item: T): Promise<unknown>
    close(): Promise<unknown>
    abort(reason?: unknown): Promise<unknown>
    releaseLock(): void
  }
}

/** Writes one item after the other, each when the stream is ready for it. */
interface Pen<T> {
  write(item: T): unknown
  end(): Promise<unknown>
  abort(): void
}

/**
 * Writes each item to a Node or Web stream, and asks for the next when the stream has room. Emits how many there were once
 * the stream has ended, and completes; fails with what the stream fails of, and with BrokenPipeError if it is closed before. To
 * unsubscribe before is to destroy the stream. `process.stdout` and `process.stderr` stay open, as in Node's `pipeline()`.
 *
 * @example
 * const count = await lastValueFrom(lines$.pipe(map((line) => `${line}\n`), toWritable(createWriteStream('out.txt'))))
 */
export function toWritable<T>(stream: NodeWritable<T> | WebWritable<T>): OperatorFunction<T, number> {
  return (source) =>
    new Observable<number>((subscriber) => {
      const fail = (error: unknown): void => subscriber.error(error)
      const pen = 'getWriter' in stream ? webPen(stream) : nodePen(stream, fail)
      let ended = false
      // Whoever has the count may unsubscribe at once, and then nothing may be left to be written.
      const end = async (count: number): Promise<number> => {
        await pen.end()
        ended = true
        return count
      }
      subscriber.add(() => ended || pen.abort())
      source
        .pipe(
          forEach((item) => pen.write(item)),
          concatMap(end),
        )
        .subscribe(subscriber)
    })
}

function webPen<T>(stream: WebWritable<T>): Pen<T> {
  const writer = stream.getWriter()
  return {
    // What is written when the stream is ready has room; that it has arrived is not waited for.
    write: async (item) => {
      await writer.ready
      writer.write(item).catch(() => {})
    },
    end: () => writer.close().finally(() => writer.releaseLock()),
    abort: () => {
      writer.abort().catch(() => {})
      writer.releaseLock()
    },
  }
}

function nodePen<T>(stream: NodeWritable<T>, fail: (error: unknown) => void): Pen<T> {
  const closed = (): void => fail(new BrokenPipeError('the stream was closed before everything was written'))
  const leave = (): void => {
    stream.off('error', fail)
    stream.off('close', closed)
  }
  const standard = isStandard(stream)
  let failing = false
  stream.on('error', fail)
  stream.on('close', closed)
  if (stream.destroyed) closed()
  return {
    write: (item) => (stream.write(item) ? undefined : new Promise<void>((resolve) => stream.once('drain', resolve))),
    end: () =>
      new Promise<void>((resolve, reject) => {
        const done = (error?: Error | null): void => {
          // What it fails of it tells once more, and whoever heard it last is still to hear that.
          if (error) {
            failing = true
            return reject(error)
          }
          leave()
          resolve()
        }
        // Nothing is written, after everything before it.
        if (standard) stream.write('' as T, done)
        else stream.end(done)
      }),
    abort: () => {
      if (!standard) stream.destroy()
      else if (!failing) leave()
    },
  }
}

/** Whether the program goes on writing to it: `process.stdout` or `process.stderr`. */
function isStandard(stream: unknown): boolean {
  const { process } = globalThis as { process?: { readonly stdout?: unknown; readonly stderr?: unknown } }
  return stream === process?.stdout || stream === process?.stderr
}
