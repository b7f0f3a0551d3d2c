/** Levels as in Python's `logging`, with the two that `multiprocessing` adds. */
export const LogLevel = {
  /** Nothing is written before `logToStderr()`. */
  NOTSET: 0,
  /** What is of use only while Millrace itself is looked into. */
  SUBDEBUG: 5,
  /** The level of `logToStderr()`. */
  DEBUG: 10,
  /** When processes start and end. */
  INFO: 20,
  /** What may turn into a warning. */
  SUBWARNING: 25,
  /** What works, but not as was meant. */
  WARNING: 30,
  /** What failed. */
  ERROR: 40,
} as const

/** The library's own log: Python's `multiprocessing.get_logger()`. Processes inherit its level when they start. */
export interface Logger {
  /** Messages below it are dropped; 0, the default: none is written before `logToStderr()`. */
  level: number
  /** Writes at level 10. */
  debug(message: string): void
  /** Writes at level 20. */
  info(message: string): void
  /** Writes at level 30. */
  warning(message: string): void
  /** Writes at level 40. */
  error(message: string): void
}

class StderrLogger implements Logger {
  level: number = LogLevel.NOTSET
  /** Who speaks; set once a process knows its name. */
  name = 'MainProcess'

  debug(message: string): void {
    this.#write(LogLevel.DEBUG, 'DEBUG', message)
  }

  info(message: string): void {
    this.#write(LogLevel.INFO, 'INFO', message)
  }

  warning(message: string): void {
    this.#write(LogLevel.WARNING, 'WARNING', message)
  }

  error(message: string): void {
    this.#write(LogLevel.ERROR, 'ERROR', message)
  }

  #write(level: number, word: string, message: string): void {
    if (this.level > LogLevel.NOTSET && level >= this.level) console.error(`[${word}/${this.name}] ${message}`)
  }
}

const logger = new StderrLogger()

/** The library's log, which says when processes start and end. */
export function getLogger(): Logger {
  return logger
}

/** Has the log written to standard error from `level` on (10, `DEBUG`): Python's `log_to_stderr()`. */
export function logToStderr(level: number = LogLevel.DEBUG): Logger {
  logger.level = level
  return logger
}

/** What a started process takes over from its starter. */
export function inheritLog(level: number, name: string): void {
  logger.level = level
  logger.name = name
}
