import { pythonPipe, pythonQueue } from '../messages/python.ts'
import type { Entry } from '../messages/subject.ts'

export const subjects: Readonly<Record<string, Entry>> = {
  millrace: { load: async () => (await import('./millrace.ts')).millrace },
  'python-queue': pythonQueue,
  'python-pipe': pythonPipe,
  'child-process-send-json': { load: async () => (await import('../messages/child-process-send.ts')).json },
  'child-process-send-advanced': { load: async () => (await import('../messages/child-process-send.ts')).advanced },
  limit: { load: async () => (await import('./limit.ts')).limit },
}
