import type { Options } from './options.ts'
import type { Sizes } from './sizes.ts'
import type { SpeedUp } from './speed-up.ts'
import type { Weighing } from './weigh.ts'

/** All that there is to say in the end; the JSON document is this, as it stands. */
export interface Report extends Sizes {
  folder: string
  /** Ctrl-C ended the run: the numbers are those of what was done until then. */
  interrupted: boolean
  processes: number
  maxsize: number
  seconds: number
  megabytesPerSecond: number
  heldBackSeconds: number
  speedUp: SpeedUp | null
  packageCount: number
  /** The heaviest first. */
  packages: (Sizes & { name: string })[]
  unreadable: { path: string; reason: string }[]
  /** Symbolic links, sockets and other things that are not regular files. */
  leftOut: number
}

export function reportOf(weighing: Weighing, speedUp: SpeedUp | undefined, options: Options, stopped: boolean): Report {
  const { total, seconds, heldBackSeconds, leftOut } = weighing
  const packages = [...weighing.packages].map(([name, sizes]) => ({ name, ...sizes }))
  packages.sort((a, b) => b.raw - a.raw || (a.name < b.name ? -1 : 1))
  return {
    folder: options.folder,
    interrupted: stopped,
    processes: options.processes,
    maxsize: options.maxsize,
    ...total,
    seconds,
    megabytesPerSecond: total.raw / 1e6 / seconds,
    heldBackSeconds,
    speedUp: speedUp ?? null,
    packageCount: packages.length,
    packages: packages.slice(0, options.top),
    unreadable: [...weighing.unreadable].map(([path, reason]) => ({ path, reason })),
    leftOut,
  }
}
