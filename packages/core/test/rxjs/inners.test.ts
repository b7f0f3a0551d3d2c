import {
  concatMap,
  EMPTY,
  filter,
  groupBy,
  lastValueFrom,
  map,
  mergeMap,
  Observable,
  of,
  Subject,
  share,
  switchMap,
  toArray,
} from 'rxjs'
import { expect, test } from 'vitest'
import { forEach } from '../../src/rxjs/for-each.ts'
import { from } from '../../src/rxjs/from.ts'
import { Random } from '../random.ts'
import { thorough } from '../thorough.ts'
import { Endless, Sink } from './rig.ts'

const ITEMS = 80

/** A pipeline of operators that keep items as long as they like, drop some, and have them wait in line. */
class Pipeline {
  readonly random: Random
  readonly room: number
  readonly words: string[] = []
  readonly sink = new Sink<number>()
  given = 0
  dropped = 0
  done = 0
  /** What was asked for and nobody has answered yet. */
  readonly #asked: Array<() => void> = []

  constructor(seed: number) {
    this.random = new Random(seed)
    this.room = this.random.between(1, 20)
    let items: Observable<number> = from(this.#numbers())
    for (let left = this.random.between(1, 4); left > 0; left--) items = this.#through(items)
    this.sink.open(items, this.room)
  }

  get name(): string {
    return `room for ${this.room} behind ${this.words.join(', ')}`
  }

  /** What is between the source and its end, the item included that the sink is busy with. */
  get inside(): number {
    return this.given - this.dropped - this.done
  }

  /** Something is answered, or the sink is done with what it has; false: there was nothing to do. */
  async step(): Promise<boolean> {
    const busy = this.sink.taken.length - this.done
    if (this.#asked.length > 0 && (busy === 0 || this.random.chance(0.7))) {
      for (let left = this.random.between(1, 3); left > 0 && this.#asked.length > 0; left--)
        this.#asked.splice(this.random.int(this.#asked.length), 1)[0]!()
      await this.sink.program.clock.settle()
      return true
    }
    this.done = this.sink.taken.length
    await this.sink.next()
    return busy > 0
  }

  *#numbers(): Generator<number> {
    while (this.given < ITEMS) yield this.given++
  }

  #through(items: Observable<number>): Observable<number> {
    const { random, words } = this
    const limit = random.between(1, 4)
    switch (random.int(9)) {
      case 0:
        words.push('filter')
        return items.pipe(filter(() => this.#keeps(random.chance(0.6))))
      case 1:
        words.push('map')
        return items.pipe(map((n) => n))
      case 2:
        words.push('mergeMap')
        return items.pipe(mergeMap((n) => this.#ask(n)))
      case 6:
        words.push(`mergeMap by ${limit} to what ends later`)
        return items.pipe(mergeMap((n) => this.#tell(n), limit))
      case 7:
        words.push('switchMap')
        return items.pipe(switchMap((n) => this.#tell(n)))
      case 8:
        words.push(`mergeMap by ${limit} to a source`)
        return items.pipe(mergeMap((n) => from([n]), limit))
      case 3:
        words.push(`mergeMap by ${limit}`)
        return items.pipe(mergeMap((n) => this.#ask(n), limit))
      case 4:
        words.push('concatMap to an item or none')
        return items.pipe(
          concatMap((n) => this.#ask(n).then((n) => (this.#keeps(random.chance(0.5)) ? [n] : []))),
          mergeMap((list) => list),
        )
      default:
        words.push('concatMap at once')
        return items.pipe(concatMap((n) => (this.#keeps(random.chance(0.7)) ? of(n) : EMPTY)))
    }
  }

  #ask(n: number): Promise<number> {
    return new Promise((resolve) => this.#asked.push(() => resolve(n)))
  }

  /** The same, but it goes on after that, and need not come to it. */
  #tell(n: number): Observable<number> {
    return new Observable((subscriber) => {
      let told = false
      this.#asked.push(() => {
        told = !subscriber.closed
        subscriber.next(n)
        this.#asked.push(() => subscriber.complete())
      })
      return () => this.#keeps(told)
    })
  }

  #keeps(kept: boolean): boolean {
    if (!kept) this.dropped++
    return kept
  }
}

test('no more are under way than there is room for, and nothing waits for what was dropped', async () => {
  for (let seed = 0; seed < thorough(2_000, 200); seed++) {
    const pipeline = new Pipeline(seed)
    const { sink, name, room } = pipeline
    await sink.program.clock.settle()
    let pauses = 0
    for (let steps = 0; sink.state === 'open'; steps++) {
      const label = `seed ${seed}, step ${steps}: ${name}`
      expect(pipeline.inside, label).toBeLessThanOrEqual(room)
      // Only what was dropped before anything ever arrived may be waited for.
      if (!(await pipeline.step()) && sink.state === 'open') {
        expect(++pauses, label).toBeLessThanOrEqual(3)
        await sink.program.clock.advance(100)
      }
    }
    expect([sink.state, sink.taken.length + pipeline.dropped], `seed ${seed}: ${name}`).toEqual(['complete', ITEMS])
    expect(sink.program.clock.timers, `seed ${seed}: ${name}`).toBe(0)
  }
})

test('live sources that have nothing to give do not keep others from being subscribed to', async () => {
  const live = Array.from({ length: 9 }, () => new Subject<string>())
  const sink = new Sink<string>().open(from(live).pipe(mergeMap((subject) => subject)), 2)
  for (let i = 0; i < 20; i++) await sink.program.clock.advance(1_000)
  for (const [i, subject] of live.entries()) subject.next(`from ${i}`)
  expect(await sink.drain()).toEqual(live.map((_, i) => `from ${i}`))
  for (const subject of live) subject.complete()
  await sink.program.clock.settle()
  expect(sink.state).toBe('complete')
})

test('what an inner subscription gives beside the first is no reason to ask for more', async () => {
  const numbers = new Endless()
  const asked: Array<Subject<number>> = []
  const many = () => {
    const subject = new Subject<number>()
    asked.push(subject)
    return subject
  }
  const sink = new Sink<number>().open(from(numbers).pipe(mergeMap(many, 2)), 4)
  await sink.program.clock.settle()
  expect([numbers.given, asked.length]).toEqual([4, 2])
  for (let i = 0; i < 50; i++) {
    asked[0]!.next(i)
    await sink.next()
  }
  // Two are in the operator's own store; another came for the one from which everything comes.
  expect(numbers.given).toBeLessThanOrEqual(5)
  sink.close()
})

test('what an Observable of groupBy gives makes room for others, though its items come from a Subject', async () => {
  const numbers = new Endless()
  const asked: Array<() => void> = []
  const slowly = (n: number) => new Promise<number>((resolve) => asked.push(() => resolve(n)))
  const slowGroups = from(numbers).pipe(
    groupBy((n) => n % 3),
    mergeMap((group) => group.pipe(concatMap(slowly))),
  )
  const sink = new Sink<number>().open(slowGroups, 4)
  for (let i = 0; i < 40; i++) {
    await sink.program.clock.settle()
    expect(numbers.given - sink.taken.length).toBeLessThanOrEqual(4)
    for (const answer of asked.splice(0)) answer()
    await sink.next()
  }
  expect(sink.taken.length).toBeGreaterThan(40)
  sink.close()
})

test('a pipeline that a function of mergeMap awaits is no source of the stage below', async () => {
  const list = Array.from({ length: 2_000 }, (_, n) => n)
  const count = async () => (await lastValueFrom(from(list).pipe(toArray()))).length
  const counts: number[] = []
  const awaited = from([1, 2, 3]).pipe(
    mergeMap(count),
    forEach(async (n) => void counts.push(n)),
  )
  expect(await lastValueFrom(awaited)).toBe(3)
  expect(counts).toEqual([2_000, 2_000, 2_000])
})

test('what is behind a Subject is waited for as before', async () => {
  const numbers = new Endless()
  const asked: Array<() => void> = []
  const slowly = (n: number) => new Promise<number>((resolve) => asked.push(() => resolve(n)))
  const sink = new Sink<number>().open(from(numbers).pipe(mergeMap(slowly), share()), 5)
  await sink.program.clock.settle()
  for (let i = 0; i < 20; i++) {
    for (const answer of asked.splice(0)) answer()
    await sink.program.clock.advance(100)
    await sink.next()
  }
  expect(sink.taken.length).toBeGreaterThan(20)
  sink.close()
})
