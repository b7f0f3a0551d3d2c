/** What a value is called in a message: `an Option`, `a Date`, `a string`, `null`. */
export function described(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return withArticle(typeof value === 'object' ? classNameOf(value) : typeof value)
}

/** The name of its class. What has a prototype and no class may say itself what it is, as values of Effect do. */
export function classNameOf(value: object): string {
  const type: unknown = value.constructor
  const name = typeof type === 'function' ? type.name : ''
  if (name !== '' && (name !== 'Object' || Object.getPrototypeOf(value) === Object.prototype)) return name
  const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
  return typeof tag === 'string' && tag !== '' ? tag : (idOf(value) ?? 'object')
}

function idOf(value: { toJSON?: unknown; _id?: unknown }): string | undefined {
  try {
    const json = typeof value.toJSON === 'function' ? (value.toJSON() as { _id?: unknown } | null | undefined) : value
    return typeof json?._id === 'string' ? json._id : undefined
  } catch {
    return undefined
  }
}

/** By how it sounds: an Option, an Unknown; but a URL, a Uint8Array. */
function withArticle(name: string): string {
  return `${/^(?:[aeio]|un(?!i))/i.test(name) ? 'an' : 'a'} ${name}`
}
