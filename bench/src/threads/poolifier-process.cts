// CommonJS, for a ClusterWorker in an ES module misses the first message of its pool and is never ready.
import type * as poolifier from 'poolifier';
import type * as functionsModule from './poolifier-functions.js' with { 'resolution-mode': 'import' };

const { ClusterWorker } = require('poolifier') as typeof poolifier;
const { taskFunctions } = require('./poolifier-functions.js') as typeof functionsModule;

module.exports = new ClusterWorker<number, number>(taskFunctions);
