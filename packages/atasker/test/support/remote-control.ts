import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Order, Report } from '../tasks/obedient.ts';
import { Signs } from './signs.ts';

/** Tells tasks what to do next, wherever they run: `obedient` in tests/tasks is the other end of the socket. */
export class RemoteControl {
  readonly path = join(tmpdir(), `atasker-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  /** `here NAME` when a function has begun, `waits NAME` when it waits for its child. */
  readonly signs = new Signs();
  /** How often each function has begun. */
  readonly begun = new Map<string, number>();
  readonly #server: Server;
  readonly #sockets = new Map<string, Socket>();
  readonly #early = new Map<string, Order[]>();
  #isOver = false;

  constructor() {
    this.#server = createServer((socket) => this.#connected(socket));
    this.#server.listen(this.path);
  }

  /** The order comes when the function has begun. */
  tell(name: string, order: Order): void {
    const socket = this.#sockets.get(name);
    if (socket !== undefined) send(socket, order);
    else this.#early.set(name, [...(this.#early.get(name) ?? []), order]);
  }

  /** All that is here, or begins from now on, is to return. */
  letAllReturn(): void {
    this.#isOver = true;
    for (const socket of this.#sockets.values()) send(socket, { do: 'return' });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
    rmSync(this.path, { force: true });
  }

  #connected(socket: Socket): void {
    const lines = createInterface({ input: socket });
    for (const source of [socket, lines]) source.on('error', () => {}); // its thread or process has ended
    lines.on('line', (line) => {
      const { says, name } = JSON.parse(line) as Report;
      if (says === 'here') this.#arrived(name, socket);
      this.signs.show(`${says} ${name}`);
    });
  }

  #arrived(name: string, socket: Socket): void {
    this.begun.set(name, (this.begun.get(name) ?? 0) + 1);
    this.#sockets.set(name, socket);
    for (const order of this.#early.get(name) ?? []) send(socket, order);
    if (this.#isOver) send(socket, { do: 'return' });
  }
}

function send(socket: Socket, order: Order): void {
  if (socket.writable) socket.write(`${JSON.stringify(order)}\n`);
}
