import type { CaseName } from './load.ts'
import { busy } from './tasks.ts'

/** So many different tasks of `cpu` take turns: enough to tell an answer from another's, few enough to do them here. */
const variants = 8

/** The arguments of the tasks. */
export function itemsOf(name: CaseName, steps: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (name === 'cpu' ? busyItem(steps, index) : index))
}

export function busyItem(steps: number, index: number): number {
  return steps + (index % variants)
}

/** @throws Error if these are not the answers to all items. */
export function expectAnswers(name: CaseName, steps: number, count: number, answers: readonly number[]): void {
  if (answers.length !== count) throw new Error(`${count} tasks of '${name}' had ${answers.length} answers.`)
  expectSum(name, steps, count, sum(answers))
}

/** @throws Error if this is not the sum of the answers to all items. */
export function expectSum(name: CaseName, steps: number, count: number, actual: number): void {
  const expected = name === 'cpu' ? sumOfBusy(steps, count) : count * (count - 1)
  if (actual !== expected) throw new Error(`The answers to ${count} tasks of '${name}' add up to ${actual}.`)
}

const known = new Map<number, number>()

function sumOfBusy(steps: number, count: number): number {
  return sum(itemsOf('cpu', steps, count).map(answerTo))
}

function answerTo(steps: number): number {
  const answer = known.get(steps) ?? busy(steps)
  known.set(steps, answer)
  return answer
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
