import { inheritCode } from './code-cache.ts'

// The first thing that runs in a child process: takes the compiled code that it was handed, and loads the rest with it.

// Ctrl-C reaches every process of the terminal; the parent decides what becomes of its children.
process.on('SIGINT', () => {})

inheritCode(Number(process.argv[6]), process.argv[8])
void import('./child-program.ts')
