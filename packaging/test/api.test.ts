import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { apiOf, entriesOf, fileOf, NAMES } from '../api.mjs'

describe.each(NAMES)('@millrace/%s', (name) => {
  test('exports what packaging/api says: where that is what you want, run `npm run api`', () => {
    expect(apiOf(name)).toBe(readFileSync(fileOf(name), 'utf8'))
  })

  test('exports nothing without a docstring', () => {
    const bare = entriesOf(name).flatMap(({ entry, symbols }) =>
      symbols.filter(({ documented }) => !documented).map(({ name, at }) => `${name} of ${entry}, in ${at}`),
    )
    expect(bare).toEqual([])
  })
})
