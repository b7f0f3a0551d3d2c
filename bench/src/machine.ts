import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
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
    `rivals  ${rivals().join(', ')}`,
    `commit  ${output('git', ['describe', '--always', '--dirty', '--exclude=*']) ?? 'none'}`,
  ].join('\n')
}

/** The version of `python3`, or undefined where there is none. */
export function pythonVersion(): string | undefined {
  return output('python3', ['--version'])?.replace('Python ', '')
}

/** The packages that are measured, or measured with: all that this one depends on and Millrace is not. */
function rivals(): string[] {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const packages = Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies })
  return packages.filter(([name]) => !name.startsWith('@millrace/')).map((entry) => entry.join(' '))
}

function output(command: string, args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { cwd: packageFolder, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
