// A default import, because webpack mistakes a `createRequire` that is imported by name for a call that it has to
// handle.
import nodeModule from 'node:module';

/**
 * The path to which a name resolves from a file, or from a folder with a trailing `/`; null if the name cannot be
 * resolved.
 */
export function resolveFrom(file: string, name: string): string | null {
  try {
    return nodeModule.createRequire(file).resolve(name);
  } catch {
    return null;
  }
}
