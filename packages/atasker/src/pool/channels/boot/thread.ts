/** What a pool thread boots from. pool/channels/thread.ts is the other end. */
import workerThreads, { type MessagePort } from 'node:worker_threads';
import nodeModule from 'node:module';
import type { ThreadBoot } from '../role.ts';
import { disarm, keepMethods, receiveMessageOnPort, uncurried } from './captured.ts';
import { forgetPreload, restore } from './environment.ts';
import { keepListener } from './listeners.ts';
import { begin as beginRole, publish } from './membership.ts';
import { loadAhead } from './module-loading.ts';

const { MessagePort: Port } = workerThreads;
const postMessage = uncurried(Port.prototype.postMessage as (this: MessagePort, value: unknown) => void);

/** Called when all modules that are preloaded have been evaluated. */
export const begin: () => void = takeThread();

function takeThread(): () => void {
  const boot = (workerThreads.workerData as { atasker?: ThreadBoot } | null)?.atasker;
  if (!(boot?.port instanceof Port)) return forgetPreload; // a thread that a task has created
  const { port, stopFlag, queue, restored, ahead, ...data } = boot;
  (workerThreads as { workerData: unknown }).workerData = null;
  nodeModule.syncBuiltinESMExports();
  restore(restored);
  keepMethods(port);
  disarm(port, ['close', 'postMessage']);
  const post = (frame: unknown): void => postMessage(port, frame);
  sendOutput(process.stdout, 1, post);
  sendOutput(process.stderr, 2, post);
  const role = publish({
    ...data,
    kind: 'thread',
    post,
    listen(handle) {
      port.on('message', handle);
      disarm(port, ['unref', 'removeAllListeners', 'removeListener', 'off']);
    },
    takeArrived: () => receiveMessageOnPort(port)?.message as unknown,
    stopFlag,
    queue,
    keepListener,
    lines: null,
  });
  return () => {
    restore({ ...restored, env: {} }); // Node.js has put the name of the boot file among the arguments
    if (ahead.length === 0) beginRole(role);
    else void loadAhead(ahead).then(() => beginRole(role)); // an error of such a module ends the thread
  };
}

type Chunk = { readonly chunk: string | Uint8Array; readonly encoding: string };
type Done = (error?: Error | null) => void;
interface ThreadOutput {
  _write(chunk: Chunk['chunk'], encoding: string, done: Done): void;
  _writev(chunks: readonly Chunk[], done: Done): void;
}

/**
 * Node.js keeps what a thread prints until the program has asked for it, so most of the output is lost when the thread
 * is ended. Here the output is sent at once, through the same port as the outcome of the task.
 */
function sendOutput(stream: unknown, fd: 1 | 2, post: (frame: unknown) => void): void {
  const output = stream as Partial<ThreadOutput>;
  if (typeof output._writev !== 'function' || 'bun' in process.versions || 'deno' in process.versions) return;
  output._write = (chunk, encoding, done) => {
    post({ type: 'output', fd, chunk, encoding });
    done();
  };
  output._writev = (chunks, done) => {
    for (const { chunk, encoding } of chunks) post({ type: 'output', fd, chunk, encoding });
    done();
  };
}
