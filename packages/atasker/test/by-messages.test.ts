/** What holds for threads that take their tasks by themselves holds for those that are sent them. */
process.env['ATASKER_TRANSPORT'] = 'message';

await import('./ending.test.ts');
await import('./faults.test.ts');
await import('./map.test.ts');
await import('./nested.test.ts');
await import('./pools.test.ts');
await import('./seed.test.ts');
await import('./supervisor.test.ts');
