import {
  copy,
  RawValue,
  type ShareableItem,
  ShareableList,
  SharedArray,
  type SharedLock,
  SharedStruct,
  SharedValue,
} from '@millrace/node'

// Nothing here runs: the compiler checks it, and `@ts-expect-error` fails where it finds no error.

export function types(): void {
  const count = new SharedValue('i', 7)
  const now: number = count.value
  const before: Promise<number> = count.add(1)
  const lock: SharedLock = count.getLock()
  void [now, before, lock]
  // @ts-expect-error: no such type
  new SharedValue('wide', 7)
  // @ts-expect-error: an integer is no string
  new SharedValue('int32', '7')

  const large = new SharedValue('q', 2n ** 40n)
  const huge: bigint = large.value
  void large.set(5)
  // @ts-expect-error: what is read is a BigInt
  const small: number = large.value
  void [huge, small]

  const flag = new RawValue('bool', true)
  flag.value = false
  // @ts-expect-error: a number is no boolean
  flag.value = 1

  const array = new SharedArray('d', [1, 2])
  const view: Float64Array = array.view
  const first: number = array.at(0)
  const word: string = new SharedArray('c', 10).value
  void [view, first, word]

  const list = new ShareableList(['howdy', 3.5, null])
  const item: string | number | null = list.at(0)
  void list.set(0, 'other')
  const any = new ShareableList<ShareableItem>([1])
  void any.set(0, true)
  // @ts-expect-error: there are only numbers
  void new ShareableList([1]).set(0, 'text')
  // @ts-expect-error: an object is no item
  new ShareableList([new Date()])
  void item

  const struct = new SharedStruct({ x: 'int32', z: 'q', name: 'u' }, { z: 5 })
  const whole: Promise<{ x: number; z: bigint; name: string }> = struct.get()
  const field: bigint = struct.fields.z.value
  void struct.set({ x: 1 })
  // @ts-expect-error: there is no such field
  void struct.set({ y: 1 })
  // @ts-expect-error: a copy is frozen
  struct.value.x = 1
  const copied: Promise<SharedValue<'i'>> = copy(count)
  // @ts-expect-error: that is not in shared memory
  copy(5)
  void [whole, field, copied]
}
