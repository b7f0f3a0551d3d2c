import { spawnSync } from 'node:child_process'
import { arch, availableParallelism, cpus, platform, release } from 'node:os'
import { fileURLToPath } from 'node:url'

const packageFolder = fileURLToPath(new URL('..', import.meta.url))

/** What a figure means nothing without: the processor, the versions and the commit. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() || 'unknown'
  return [
    `cpu     ${model}, ${availableParallelism()} cores`,
    `system  ${platform()} ${release()} ${arch()}`,
    `node    ${process.versions.node}`,
    `python  ${pythonVersion() ?? 'none'}`,
    `commit  ${output('git', ['describe', '--always', '--dirty', '--exclude=*']) ?? 'none'}`,
  ].join('\n')
}

/** The version of `python3`, or undefined where there is none. */
export function pythonVersion(): string | undefined {
  return output('python3', ['--version'])?.replace('Python ', '')
}

function output(command: string, args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { cwd: packageFolder, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
