import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SupervisorOptions } from 'atasker';
import type { RemoteEvents, RemoteHost } from 'atasker/remote';
import { StoreLink } from './link/link.ts';
import { ClusterNode } from './node/node.ts';
import type { ClusterSettings } from './options.ts';
import { openStore } from './store/open-store.ts';
import { ClusterRunner } from './submit/runner.ts';

/** What a program does in a cluster from one start of its supervisor to the stop. */
export class Membership {
  readonly link: StoreLink;
  readonly node: ClusterNode | null;
  readonly runner: ClusterRunner;
  readonly #nodeStarted: Promise<void>;
  #isNodeAwaited = false;
  readonly #settings: ClusterSettings;

  /** @param supervisor options of the supervisor that runs the tasks of the node */
  constructor(settings: ClusterSettings, supervisor: SupervisorOptions, host: RemoteHost, events: RemoteEvents) {
    const { store, leaseMs, maxLost, keepResultsMs, offlineBuffer, maxPayload } = settings;
    const me = supervisor.id!;
    this.#settings = settings;
    this.link = new StoreLink(openStore(store), { me, leaseMs, maxLost, keepResultsMs });
    const failed = (error: unknown): void => events.lateError(host.errorPayload(error));
    const nodeSupervisor = { ...supervisor, id: `${me}.node` };
    const nodeSettings = { link: this.link, maxPayload, failed, supervisor: nodeSupervisor };
    this.node = settings.node === null ? null : new ClusterNode(nodeSettings);
    const close = (): Promise<void> => this.#close();
    this.runner = new ClusterRunner({ link: this.link, host, offlineBuffer, maxPayload, close }, events);
    this.#nodeStarted = this.#startNode();
    this.#nodeStarted.catch((error: unknown) => {
      if (!this.#isNodeAwaited) failed(error);
    });
  }

  /** Resolves when the node of this program claims tasks. */
  whenNodeStarted(): Promise<void> {
    this.#isNodeAwaited = true;
    return this.#nodeStarted;
  }

  async #startNode(): Promise<void> {
    if (this.node === null) return;
    this.node.host.definitions(); // what is loaded from now on is kept
    await loadTasks(this.#settings.node!.tasks);
    await this.node.start();
  }

  async #close(): Promise<void> {
    await this.node?.stop(this.#settings.node!.graceMs);
    await this.link.close();
  }
}

async function loadTasks(files: readonly (string | URL)[]): Promise<void> {
  for (const file of files) await import(urlOf(file));
}

function urlOf(file: string | URL): string {
  if (file instanceof URL) return file.href;
  return file.startsWith('file:') ? file : pathToFileURL(resolve(file)).href;
}
