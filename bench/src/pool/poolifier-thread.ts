import { type TaskFunctions, ThreadWorker } from 'poolifier'
import { busy, double } from './tasks.ts'

// Its types allow a call without an argument, which none is.
export default new ThreadWorker({ double, busy } as TaskFunctions<number, number>)
