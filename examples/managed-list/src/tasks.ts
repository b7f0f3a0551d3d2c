import type { SharedList } from '@millrace/node'

export async function setFirst(list: SharedList<number>): Promise<void> {
  await list.set(0, 100)
}
