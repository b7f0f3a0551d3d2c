import './install.ts'

export * from '@millrace/core/effect'
