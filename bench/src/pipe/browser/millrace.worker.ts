import { expose } from '@millrace/browser'
import * as tasks from '../millrace-tasks.ts'

expose(tasks)
