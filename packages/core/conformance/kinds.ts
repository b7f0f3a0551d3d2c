import { JoinableQueue, Queue, SimpleQueue } from '@millrace/core'

/** Every class of queue, for what they have in common. */
export const anyQueue = [
  { kind: 'Queue', make: () => new Queue() },
  { kind: 'SimpleQueue', make: () => new SimpleQueue() },
  { kind: 'JoinableQueue', make: () => new JoinableQueue() },
] as const

/** Those that can be bounded. */
export const boundedQueue = [
  { kind: 'Queue', make: (maxsize: number) => new Queue({ maxsize }) },
  { kind: 'JoinableQueue', make: (maxsize: number) => new JoinableQueue({ maxsize }) },
] as const
