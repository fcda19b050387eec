import { backgroundTask } from 'atasker';

const module = new URL('./missing.js', import.meta.url);

export const task = backgroundTask((value: number) => value + 1, { module });
