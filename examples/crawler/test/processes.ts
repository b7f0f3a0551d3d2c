import { readdir, readFile, readlink } from 'node:fs/promises'

/** State and parent of a process, read from the system and not from the program; a zombie has ended. */
async function look(pid: number): Promise<{ runs: boolean; parent: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z 0')
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { runs: state !== 'Z', parent: Number(parent) }
}

/** The children of a process that run Node. */
export async function workersOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(look))
  const children = pids.filter((_, at) => found[at]?.parent === parent)
  const programs = await Promise.all(children.map((pid) => readlink(`/proc/${pid}/exe`).catch(() => '')))
  const node = await readlink('/proc/self/exe')
  return children.filter((_, at) => programs[at] === node)
}

export async function stillRunning(pids: number[]): Promise<number[]> {
  const found = await Promise.all(pids.map(look))
  return pids.filter((_, at) => found[at]?.runs)
}
