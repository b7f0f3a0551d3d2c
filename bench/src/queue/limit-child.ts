import { Socket } from 'node:net'
import { batchChannel } from './batch-channel.ts'
import { serve } from './channel.ts'
import type { Load } from './load.ts'

const load = JSON.parse(process.argv[2] ?? '') as Load
serve(batchChannel(new Socket({ fd: 3 }), load), load)
