import { Socket } from 'node:net'
import { serve } from '../messages/channel.ts'
import type { Load } from '../messages/load.ts'
import { batchChannel } from './batch-channel.ts'

const load = JSON.parse(process.argv[2] ?? '') as Load
serve(batchChannel(new Socket({ fd: 3 }), load), load)
