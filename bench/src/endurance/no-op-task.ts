import { backgroundTask } from 'atasker';

export const nothing = backgroundTask(function nothing() {});
