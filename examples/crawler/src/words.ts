/** Numbers as the table, the progress and the closing lines say them. */

const grouped = new Intl.NumberFormat('en-US')
const tenths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

export const integer = (value: number) => grouped.format(value)
export const kilobytes = (bytes: number) => tenths.format(bytes / 1e3)
export const milliseconds = (ms: number) => grouped.format(Math.round(ms))
export const seconds = (value: number) => `${tenths.format(value)} s`
/** `count(2, 'page')` is `2 pages`. */
export const count = (value: number, noun: string) => `${integer(value)} ${noun}${value === 1 ? '' : nounEnding(noun)}`

const nounEnding = (noun: string) => (noun.endsWith('s') ? 'es' : 's')
