import { expose } from '@millrace/browser'
import * as leaves from './leaves.ts'

expose(leaves)
