import './install.ts'

export * from '@millrace/core/rxjs'
