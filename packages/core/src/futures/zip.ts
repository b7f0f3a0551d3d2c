/** The first of each, then the second of each, until the shortest ends. The others are told that no more is wanted. */
export function zip(lists: ReadonlyArray<Iterable<unknown>>): unknown[][] {
  const rows: unknown[][] = []
  if (lists.length === 0) return rows
  const open = new Set<Iterator<unknown>>()
  try {
    const iterators = lists.map((list) => list[Symbol.iterator]())
    for (const iterator of iterators) open.add(iterator)
    for (;;) {
      const row: unknown[] = []
      for (const iterator of iterators) {
        const { done, value } = stepOf(iterator, open)
        if (done) return rows
        row.push(value)
      }
      rows.push(row)
    }
  } finally {
    for (const iterator of open) iterator.return?.()
  }
}

/** One that ends, or throws, need not be told. */
function stepOf(iterator: Iterator<unknown>, open: Set<Iterator<unknown>>): IteratorResult<unknown> {
  open.delete(iterator)
  const step = iterator.next()
  if (!step.done) open.add(iterator)
  return step
}
