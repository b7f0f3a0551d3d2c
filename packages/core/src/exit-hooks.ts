interface Hook {
  readonly run: () => void
  readonly priority: number
  readonly order: number
}

const hooks = new Set<Hook>()
let registered = 0

/**
 * Has `run` called when this process ends by itself, by `process.exit` or by `terminate()`: Python's
 * `multiprocessing.util.Finalize`. Higher priorities run first, and within one the last registered first. It must be
 * synchronous: nothing runs after it.
 *
 * @returns a function that runs it now, once, and not again at the end
 */
export function onExit(run: () => void, { priority = 0 }: { priority?: number } = {}): () => void {
  const hook: Hook = { run, priority, order: registered++ }
  hooks.add(hook)
  return () => {
    if (hooks.delete(hook)) run()
  }
}

/** Runs what is registered; one that throws does not keep the others from running. */
export function runExitHooks(report: (error: unknown) => void): void {
  const due = [...hooks].sort((a, b) => b.priority - a.priority || b.order - a.order)
  hooks.clear()
  for (const { run } of due) {
    try {
      run()
    } catch (error) {
      report(error)
    }
  }
}
