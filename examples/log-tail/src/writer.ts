import { appendFile } from 'node:fs/promises'

const LEVELS = ['INFO', 'INFO', 'INFO', 'WARN', 'ERROR']
const PAUSE_MS = 100

/** Stands for the program whose log is watched: writes so many lines in bursts. */
export async function writeLog(path: string, lines: number, burst: number): Promise<void> {
  for (let from = 1; from <= lines; from += burst) {
    const numbers = Array.from({ length: Math.min(burst, lines - from + 1) }, (_, i) => from + i)
    await appendFile(path, numbers.map((n) => `${n} ${LEVELS[n % LEVELS.length]} something happened\n`).join(''))
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
