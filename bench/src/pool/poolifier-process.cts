// No ES module: one would begin to listen after the pool has greeted it, and never answer.
const { ClusterWorker } = require('poolifier') as typeof import('poolifier')
const { busy, double } = require('./tasks.js') as typeof import('./tasks.ts')

// Its types allow a call without an argument, which none is.
module.exports = new ClusterWorker({ double, busy } as import('poolifier').TaskFunctions<number, number>)
