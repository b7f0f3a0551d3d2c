import { type CaseName, moves } from '../messages/load.ts'
import { pythonPipe } from '../messages/python.ts'
import type { Entry } from '../messages/subject.ts'

const unfit = (name: CaseName) => (moves(name) ? 'it moves no memory' : undefined)

export const subjects: Readonly<Record<string, Entry>> = {
  'millrace-process': { unfit, load: async () => (await import('./millrace.ts')).millraceProcess },
  'python-pipe': { ...pythonPipe, unfit },
  'child-process-send-advanced': {
    unfit,
    load: async () => (await import('../messages/child-process-send.ts')).advanced,
  },
  'millrace-thread': { load: async () => (await import('./millrace.ts')).millraceThread },
  'message-port': { load: async () => (await import('./message-port.ts')).messagePort },
  'effect-worker': { load: async () => (await import('./effect-worker.ts')).effectWorker },
  'multithreading-channel': {
    unfit,
    missing: async () => ('withResolvers' in Promise ? undefined : 'multithreading needs Node 22 or newer'),
    load: async () => (await import('./multithreading-channel.ts')).multithreadingChannel,
  },
  'millrace-web-worker': browser('millrace'),
  'web-worker-message-port': browser('message-port'),
}

function browser(page: 'millrace' | 'message-port'): Entry {
  return {
    async missing() {
      const path = await (await import('./browser/chromium.ts')).browserPath()
      return path === undefined ? 'there is no Chromium' : undefined
    },
    load: async () => (await import('./browser/chromium.ts')).inBrowser(page),
  }
}
