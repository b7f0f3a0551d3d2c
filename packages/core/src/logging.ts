/** Levels as in Python's `logging`, with the two that `multiprocessing` adds. */
export const LogLevel = {
  NOTSET: 0,
  SUBDEBUG: 5,
  DEBUG: 10,
  INFO: 20,
  SUBWARNING: 25,
  WARNING: 30,
  ERROR: 40,
} as const

/** The library's own log: Python's `multiprocessing.get_logger()`. Processes inherit its level when they start. */
export interface Logger {
  /** Messages below it are dropped; 0, the default: none is written before `logToStderr()`. */
  level: number
  debug(message: string): void
  info(message: string): void
  warning(message: string): void
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
