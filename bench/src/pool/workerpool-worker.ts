import { worker } from 'workerpool'
import { busy, double } from './tasks.ts'

worker({ busy, double })
