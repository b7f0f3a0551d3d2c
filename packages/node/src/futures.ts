import './install.ts'

export * from '@millrace/core/futures'
