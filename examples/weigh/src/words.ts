/** Numbers as the table, the progress and the closing lines say them. */

const grouped = new Intl.NumberFormat('en-US')
const tenths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const thousandths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 3, maximumFractionDigits: 3 })

export const integer = (value: number) => grouped.format(value)
export const megabytes = (bytes: number) => tenths.format(bytes / 1e6)
/** A package is often a few kilobytes: three places show them. */
export const finely = (bytes: number) => thousandths.format(bytes / 1e6)
export const seconds = (value: number) => `${tenths.format(value)} s`
export const percent = (part: number, whole: number) => (whole === 0 ? '–' : `${tenths.format((100 * part) / whole)} %`)
/** `count(2, 'file')` is `2 files`. */
export const count = (value: number, noun: string) => `${integer(value)} ${noun}${value === 1 ? '' : nounEnding(noun)}`

const nounEnding = (noun: string) => (/(s|x|ch)$/.test(noun) ? 'es' : 's')
