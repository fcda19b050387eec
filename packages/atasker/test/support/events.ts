export { collect, turn, whenStarted } from '../../src/testing/contract/events.ts';
