import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'

const nothing = { tarballs: [], full: '', bare: '' }

/** The packages as they were packed, and the fresh projects in which they were installed. */
export const { tarballs, full, bare } = inject('installed') ?? nothing

/** Tests of them run where they are: with `CI` set. */
export const isPacked = full !== ''

/** Copies a folder of fixtures into a project. */
export function place(fixture: string, project: string): string {
  const folder = join(project, fixture.replace(/^.*\//, ''))
  cpSync(fileURLToPath(new URL(fixture, import.meta.url)), folder, { recursive: true })
  return folder
}
