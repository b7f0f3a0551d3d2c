import { comparison } from '../messages/comparison.ts'
import { caseNames } from '../messages/load.ts'
import { subjects } from './subjects.ts'

export const pipe = comparison({
  name: 'pipe',
  summary: 'one connection with one sender and one receiver; the slower of parent to child and child to parent',
  cases: caseNames,
  catalogue: new URL('./subjects.js', import.meta.url).href,
  subjects,
})
