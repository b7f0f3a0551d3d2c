import './install.ts'

export * from '@millrace/core'
export { setExecutable } from './executable.ts'
