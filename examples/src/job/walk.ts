import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Every file below a folder, one at a time, whatever their number. Links are not followed.
 *
 * @param onError is called for a folder that cannot be read; the walk continues with the others
 */
export async function* filesBelow(
  folder: string,
  onError: (path: string, error: unknown) => void,
): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) yield* filesBelow(path, onError);
      else if (entry.isFile()) yield path;
    }
  } catch (error) {
    onError(folder, error);
  }
}

export async function countFiles(folder: string): Promise<number> {
  const files = filesBelow(folder, () => {}); // the job itself reports errors
  let count = 0;
  while (!(await files.next()).done) count += 1;
  return count;
}
