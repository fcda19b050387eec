import { statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FileError } from './words.ts';

/**
 * What Linux calls the file systems of servers (`man statfs`). SQLite needs memory that all programs share and locks that
 * hold, and these have neither.
 */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x0bd00bd0, 'Lustre'],
  [0x19830326, 'BeeGFS'],
]);

/** @throws FileError if the folder of the file is surely not on a disk of this machine */
export function checkIsLocal(path: string): void {
  const file = resolve(path);
  const name = process.platform === 'win32' ? onWindows(file) : onLinux(dirname(file));
  if (name === undefined) return;
  const why = 'programs on several machines would damage it. Use a disk of this machine, or a store with a server';
  throw new FileError(`${path} is on a network file system (${name}): ${why}`);
}

function onWindows(file: string): string | undefined {
  return file.startsWith('\\\\') && !file.startsWith('\\\\?\\') && !file.startsWith('\\\\.\\') ? 'a share' : undefined;
}

function onLinux(folder: string): string | undefined {
  if (process.platform !== 'linux') return undefined; // other systems number them differently
  try {
    return NETWORK_FILE_SYSTEMS.get(statfsSync(folder).type >>> 0);
  } catch {
    return undefined; // opening the file says what is wrong with the folder
  }
}

/** The files that SQLite has open. Each commit is checked against it: a file that was deleted takes writes, for nobody. */
export class OpenFiles {
  readonly #path: string;
  readonly #inodes: readonly (readonly [path: string, inode: bigint | null])[];

  constructor(path: string) {
    this.#path = path;
    this.#inodes = [path, `${path}-wal`].map((each) => [each, inodeOf(each)] as const);
  }

  /** @throws FileError if one of them is gone, or another one has its name */
  check(): void {
    for (const [path, inode] of this.#inodes) this.#checkOne(path, inode);
  }

  /** The files of another connection to the same file: its log may be a new one. @throws FileError if it is another file */
  afterReopening(): OpenFiles {
    this.#checkOne(...this.#inodes[0]!);
    return new OpenFiles(this.#path);
  }

  #checkOne(path: string, inode: bigint | null): void {
    const now = inodeOf(path);
    if (now === inode) return;
    const what = now === null ? 'was deleted or moved' : 'was replaced by another file';
    const way = `Put it back, or restart the programs that use ${this.#path}`;
    throw new FileError(`${path} ${what} while programs had it open. ${way}`);
  }
}

function inodeOf(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
