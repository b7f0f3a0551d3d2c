import { expose } from '@millrace/browser'
import * as tasks from './tasks.ts'

expose(tasks)
