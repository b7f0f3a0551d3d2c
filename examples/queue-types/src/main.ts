// A queue takes values of any kind and returns them in their order; the forms that do not wait say why they could not.

import { EmptyError, FullError, Queue } from '@millrace/node'

interface Person {
  name: string
  age: number
}

const queue = new Queue<Person | number[] | string>({ maxsize: 3 })

await queue.put({ name: '张三', age: 18 })
await queue.put([1, 2, 3, 4, 5])
await queue.put('消息')

try {
  await queue.putNowait('one too many')
} catch (error) {
  if (!(error instanceof FullError)) throw error
  console.log('full')
}

for (let n = 0; n < 3; n += 1) console.log(await queue.get())

try {
  await queue.getNowait()
} catch (error) {
  if (!(error instanceof EmptyError)) throw error
  console.log('empty')
}
