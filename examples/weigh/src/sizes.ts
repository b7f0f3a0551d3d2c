/** What a file, a batch or a package weighs: sizes in bytes. */
export interface Sizes {
  files: number
  raw: number
  gzip: number
  brotli: number
}

export const noSizes = (): Sizes => ({ files: 0, raw: 0, gzip: 0, brotli: 0 })

/** Adds `more` to `sum`, in place. */
export function addSizes(sum: Sizes, more: Sizes): void {
  sum.files += more.files
  sum.raw += more.raw
  sum.gzip += more.gzip
  sum.brotli += more.brotli
}

/** Takes `less` from `sum`, in place. */
export function subtractSizes(sum: Sizes, less: Sizes): void {
  sum.files -= less.files
  sum.raw -= less.raw
  sum.gzip -= less.gzip
  sum.brotli -= less.brotli
}

/** Adds `more` to what `packages` holds under `name`. */
export function addToPackage(packages: Map<string, Sizes>, name: string, more: Sizes): void {
  const sum = packages.get(name)
  if (sum) addSizes(sum, more)
  else packages.set(name, { ...more })
}
