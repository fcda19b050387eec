import type { Socket } from 'node:net';
import { apply, each } from '../../platform/methods.ts';
import { ownSocket } from '../../platform/node.ts';
import { Object } from '../../platform/primordials.ts';

type Done = () => void;

/**
 * Takes over a socket to a process, so that the socket is read to its end even if writes to it fail. A write fails as
 * soon as the process is dead, and the stream would then drop what the process had told and nobody had read: a task
 * that had succeeded would be reported as lost, or run twice. So the stream does not hear of writes that fail.
 */
export function readToEnd(socket: Socket): Socket {
  const own = ownSocket(socket) as Pick<Required<Socket>, '_write' | '_writev'> & { readonly destroy: Done };
  const { _write: write, _writev: writeMany, destroy } = own;
  Object.assign(socket, {
    _write: (chunk: unknown, encoding: BufferEncoding, done: Done) =>
      apply(write, socket, [chunk, encoding, regardless(done)]),
    _writev: (chunks: Parameters<typeof writeMany>[0], done: Done) =>
      apply(writeMany, socket, [chunks, regardless(done)]),
    // Without the error: Node.js would read its stack, which a program may have made to throw. The exit is reported
    // anyway.
    destroy: () => apply(destroy, socket, []),
  });
  socket.on('error', () => {});
  return socket;
}

/** Writes several pieces of bytes in one go, without making one of them. */
export function writeTogether(socket: Socket, pieces: readonly Uint8Array[]): void {
  if (pieces.length > 1) socket.cork();
  for (const piece of each(pieces)) socket.write(piece);
  if (pieces.length > 1) socket.uncork();
}

const regardless = (done: Done) => (): void => done();
