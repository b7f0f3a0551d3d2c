/** What a line says. */
export interface Entry {
  readonly number: number
  readonly level: string
}

/** As long as it takes to look something up for a line, in milliseconds. */
const LOOK_UP_MS = 2

/** Reads a line such as `17 WARN disk is filling up`. */
export async function read(line: string): Promise<Entry> {
  await new Promise((resolve) => setTimeout(resolve, LOOK_UP_MS))
  const [number = '', level = ''] = line.split(' ')
  return { number: Number(number), level }
}
