// The default import: webpack takes a `createRequire` that is imported by name for a call of its own.
import nodeModule from 'node:module';

/** The path of what a file, or a folder that ends with `/`, would get for a name; null if there is none. */
export function resolveFrom(file: string, name: string): string | null {
  try {
    return nodeModule.createRequire(file).resolve(name);
  } catch {
    return null;
  }
}
