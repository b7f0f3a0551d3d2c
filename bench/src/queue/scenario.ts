import { comparison } from '../messages/comparison.ts'
import { subjects } from './subjects.ts'

export const queue = comparison({
  name: 'queue',
  summary: 'one producer, one consumer, maxsize 1000; the slower of parent to child and child to parent',
  cases: ['int', 'object', 'string-1k', 'bytes-64k', 'bytes-1m', 'round-trip'],
  catalogue: new URL('./subjects.js', import.meta.url).href,
  subjects,
})
