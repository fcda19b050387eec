import { claim } from '../claims.ts';
import type { Connection } from '../connection.ts';
import { countAll, forgetDead, Program } from '../programs.ts';
import { Tasks } from '../tasks.ts';
import { deleteOld, passTime } from '../time.ts';
import { Turn } from '../turn.ts';
import type { Call, ThreadData } from './protocol.ts';

/** What must be on the disk when its call resolves. */
const DURABLE: ReadonlySet<Call['method']> = new Set(['add', 'settle', 'cancel', 'setPriority']);

/** What a transaction has done. */
interface Done {
  readonly results: readonly unknown[];
  readonly work: boolean;
  /** Whether this program has to look what there is for it. */
  readonly look: boolean;
  /** Programs to be woken, and whether for work or for what concerns them. */
  readonly wake: readonly { readonly address: string; readonly work: boolean }[];
}

/** Does calls on the file, many in one transaction. */
export class Engine {
  readonly #connection: Connection;
  readonly #data: ThreadData;
  readonly #tasks: Tasks;
  readonly program: Program;

  constructor(connection: Connection, data: ThreadData, address: string | null) {
    this.#connection = connection;
    this.#data = data;
    this.#tasks = new Tasks(connection, data.me, data.keepResultsMs);
    this.program = new Program(connection, data.me, data.leaseMs, address);
  }

  join(): void {
    this.#connection.write(true, () => {
      this.program.setClock();
      const turn = new Turn(this.#connection);
      this.program.join(turn);
      turn.finish();
    });
  }

  /** @throws what SQLite throws; nothing has been done then */
  do(calls: readonly Call[]): Done {
    const isDurable = calls.some(({ method }) => DURABLE.has(method));
    let turn: Turn;
    const done = this.#connection.write(isDurable, () => {
      turn = this.#begin();
      const results = calls.map((call) => this.#call(turn, call));
      turn.finish();
      return { results, wake: this.#toWake(turn) };
    });
    if (turn!.mustLast && !isDurable) this.#makeDurable();
    for (const [n, call] of calls.entries()) this.#noteHeld(call, done.results[n]);
    return { ...done, work: turn!.work, look: turn!.programs.has(this.#data.me) };
  }

  #begin(): Turn {
    const turn = new Turn(this.#connection);
    this.program.beat(turn);
    passTime(this.#connection, turn, this.#data);
    return turn;
  }

  /** A durable commit makes those before it durable too. */
  #makeDurable(): void {
    this.#connection.write(true, () => this.#connection.sql('UPDATE store SET seen = seen').run());
  }

  #call(turn: Turn, call: Call): unknown {
    switch (call.method) {
      case 'add':
        return this.#tasks.add(turn, ...call.args);
      case 'claim': {
        const [room, definitions, most] = call.args;
        this.program.know(turn, definitions);
        return claim(this.#connection, turn, this.#data, { room, definitions, most });
      }
      case 'settle':
        return this.#tasks.settle(turn, ...call.args);
      case 'release':
        return this.#tasks.release(turn, ...call.args);
      case 'cancel':
        return this.#tasks.cancel(turn, ...call.args);
      case 'setPriority':
        return this.#tasks.setPriority(turn, ...call.args);
      case 'find':
        return this.#tasks.find(turn, ...call.args);
      case 'counts':
        return countAll(this.#connection, turn);
    }
  }

  /** What the program holds changes only with a commit. */
  #noteHeld(call: Call, result: unknown): void {
    if (call.method === 'claim') this.program.hold((result as ReturnType<typeof claim>).claims);
    if (call.method === 'settle' || call.method === 'release') this.program.letGo(call.args[0]);
  }

  #toWake(turn: Turn): Done['wake'] {
    const nodes = turn.work ? this.program.addresses('nodes') : [];
    const concerned = this.program.addresses(turn.programs);
    const both = new Set([...nodes, ...concerned]);
    return [...both].map((address) => ({ address, work: nodes.includes(address) }));
  }

  /** Deletes what is too old. @returns whether there may be more */
  tidy(): boolean {
    return this.#connection.write(false, () => {
      const turn = new Turn(this.#connection);
      forgetDead(this.#connection, turn);
      return deleteOld(this.#connection, turn);
    });
  }

  /** Hands everything back. @returns whom to wake */
  leave(): Done['wake'] {
    return this.#connection.write(true, () => {
      const turn = this.#begin();
      this.#tasks.handBack(turn, this.program.held);
      turn.finish();
      const wake = this.#toWake(turn);
      this.program.leave();
      return wake;
    });
  }
}
