export * from '@millrace/core/effect/contract'
