import './install.ts'

export * from '@millrace/core'
export { type ExposeOptions, expose } from './expose.ts'
export { windowPort } from './window-port.ts'
