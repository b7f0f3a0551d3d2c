import type { SerializationType } from 'node:child_process'
import { serve } from './channel.ts'
import { ipcChannel } from './ipc-channel.ts'
import type { Load } from './load.ts'

const load = JSON.parse(process.argv[2] ?? '') as Load
serve(ipcChannel(process, load, process.argv[3] as SerializationType), load)
