// Becomes the module that evaluates a chunk which is a script; what is in capitals is filled in by bundle.mjs.
'use strict'
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')

// What this realm was handed, and what it can hand on: see code-cache.ts of @millrace/node.
const SLOT = Symbol.for('millrace.code.1')
globalThis[SLOT] ??= {}

const slot = globalThis[SLOT]

const filename = `${__dirname}/SCRIPT`
const key = 'KEY'
const cachedData = slot.handed?.key === key ? slot.handed.code : undefined
const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData })
slot.own ??= { key, script, path: __filename }

const parts = {}
script.runInThisContext()(parts)
// Values, not ways to them; and named, for those that import this.
const { NAMES } = parts
module.exports = { NAMES }
