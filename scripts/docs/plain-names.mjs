/**
 * What need not be documented: members of types that are written where they are used, whose names say what they are, and
 * marks that nobody reads or writes.
 */
const PLAIN = /\.__type\b|\[(?:HANDLE|SIGNATURE)\]|\.~|\(TypeParameter\)/
const UNDOCUMENTED = 'does not have any documentation'

/** Lets TypeDoc insist on a word about everything else. @param {import('typedoc').Application} app */
export function forgivePlainNames({ logger }) {
  const warn = logger.validationWarning
  logger.validationWarning = (message, ...rest) => {
    if (message.includes(UNDOCUMENTED) && PLAIN.test(message)) return
    warn.call(logger, message, ...rest)
  }
}
