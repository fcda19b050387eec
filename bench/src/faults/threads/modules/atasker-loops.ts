import { backgroundTask, isPoolThread } from 'atasker';

// A program imports the modules of its tasks too: there all is well.
if (isPoolThread) await import('./loops.ts');

export const task = backgroundTask((value: number) => value + 1);
