import { Observable, type OperatorFunction } from 'rxjs'
import { Deque } from '../deque.ts'
import { dropFirst, Intake } from './intake.ts'
import { checkedMaxsize, checkedOverflow, type Overflow } from './overflow.ts'
import { Supply } from './supply.ts'

/**
 * Keeps up to `maxsize` items until the stage below wants them: a stage without a process. It lets a source go ahead, holds
 * back what a source pushes that cannot wait, or bounds what lies between two operators.
 *
 * @example
 * clicks$.pipe(bufferDemand(100, 'drop-oldest'), mapProcess(tasks.track)).subscribe()
 */
export function bufferDemand<T>(maxsize: number, overflow?: Overflow): OperatorFunction<T, T> {
  checkedMaxsize(maxsize)
  const policy = checkedOverflow(overflow)
  return (source) =>
    new Observable<T>((subscriber) => {
      const items = new Deque<T>()
      let emitting = false
      let complete = false
      const emit = (): void => {
        if (emitting) return
        emitting = true
        while (items.length > 0 && supply.ready) {
          supply.next(items.shift() as T)
          intake.released()
        }
        emitting = false
        if (complete && items.length === 0) supply.complete()
      }
      const supply = new Supply<T>(subscriber, emit, Number.POSITIVE_INFINITY)
      const intake = new Intake<T>(`bufferDemand(${maxsize})`, maxsize, policy, {
        room: () => maxsize - items.length,
        accept: (item) => {
          items.push(item)
          emit()
        },
        dropOldest: () => dropFirst(items),
        complete: () => {
          complete = true
          emit()
        },
        error: (error) => supply.error(error),
      })
      subscriber.add(() => intake.close())
      intake.open(source)
    })
}
