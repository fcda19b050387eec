import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { TaskNews } from '../../store.ts';
import type { PeerFrame } from './protocol.ts';

/** A path of a socket may be no longer on some systems. */
const LONGEST_PATH = 100;

/** What a program that does not read may leave unread; it finds the rest in the file. */
const MOST_UNREAD_BYTES = 1_000_000;

/** How long another program may take to read the last that was sent to it. */
const LONGEST_END_MS = 200;

/**
 * Sockets between the programs that use a file, so that nobody has to look at the file all the time: one for each
 * program, beside the file, or among temporary files if the path would be too long. What cannot be sent is dropped.
 */
export class Peers {
  readonly #hear: (frame: PeerFrame) => void;
  readonly #server: Server;
  readonly #connections = new Map<string, Socket>();
  readonly #callers = new Set<Socket>();
  /** Where others reach this program; null if they cannot. */
  address: string | null = null;

  constructor(hear: (frame: PeerFrame) => void) {
    this.#hear = hear;
    this.#server = createServer((socket) => this.#listenTo(socket));
    this.#server.on('error', () => {}); // who cannot connect has the file
  }

  /** Opens the socket of this program, if that is possible. */
  async open(path: string): Promise<void> {
    for (const address of addresses(path)) {
      if (await this.#tryListen(address)) {
        this.address = address;
        return;
      }
    }
  }

  #tryListen(address: string): Promise<boolean> {
    return new Promise((done) => {
      this.#server.once('error', () => done(false));
      this.#server.listen(address, () => done(true)).unref();
    });
  }

  #listenTo(socket: Socket): void {
    this.#callers.add(socket);
    socket.unref().on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.#callers.delete(socket));
    createInterface({ input: socket }).on('line', (line) => {
      const frame = parsed(line);
      if (frame !== null) this.#hear(frame);
    });
  }

  send(address: string, frame: PeerFrame): void {
    const socket = this.#connections.get(address) ?? this.#connect(address);
    if (socket.writableLength < MOST_UNREAD_BYTES) socket.write(`${JSON.stringify(frame)}\n`);
  }

  #connect(address: string): Socket {
    const socket = createConnection(address).unref();
    this.#connections.set(address, socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#connections.delete(address));
    return socket;
  }

  /** Closes the socket of this program when others have what was sent to them, or do not take it. */
  async close(): Promise<void> {
    this.#server.close();
    if (this.address?.endsWith('.sock') === true) rmSync(this.address, { force: true });
    await Promise.all([...this.#connections.values()].map((socket) => ended(socket)));
    for (const socket of this.#callers) socket.destroy();
  }
}

function ended(socket: Socket): Promise<void> {
  return new Promise((done) => {
    socket.ref().setTimeout(LONGEST_END_MS, () => socket.destroy());
    socket.on('close', () => done()).end();
  });
}

function addresses(path: string): readonly string[] {
  const name = randomBytes(6).toString('hex');
  if (process.platform === 'win32') return [`\\\\.\\pipe\\atasker-${name}`];
  return [`${resolve(path)}-${name}.sock`, join(tmpdir(), `atasker-${name}.sock`)].filter(
    (address) => Buffer.byteLength(address) <= LONGEST_PATH,
  );
}

/** Anybody who may use the folder may write to the socket: what is no frame is left out. */
function parsed(line: string): PeerFrame | null {
  try {
    const frame = JSON.parse(line) as PeerFrame | null;
    if (frame?.type === 'told')
      return Array.isArray(frame.news) ? { type: 'told', news: frame.news.filter(isNews) } : null;
    return frame?.type === 'look' ? frame : null;
  } catch {
    return null;
  }
}

function isNews(one: TaskNews | null | undefined): boolean {
  return typeof one?.type === 'string';
}
