import type * as PromClient from 'prom-client';
import type { ClusterInfo, ClusterSupervisor } from '@atasker/cluster';

interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** The metrics of a node and its cluster; null if prom-client is not installed. */
export async function metricsOf(cluster: ClusterSupervisor): Promise<Metrics | null> {
  const prom = await load();
  if (prom === null) return null;
  const registry = new prom.Registry();
  prom.collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new prom.Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
  const ready = gauge('atasker_node_ready', 'Whether this node claims tasks');
  const running = gauge('atasker_node_tasks', 'Tasks that this node has claimed and whose ends are not in the store');
  const queued = gauge('atasker_cluster_queued', 'Tasks that wait in the store', ['tt', 'priority']);
  const claimed = gauge('atasker_cluster_running', 'Tasks that nodes have claimed');
  const delayed = gauge('atasker_cluster_delayed', 'Tasks that are not due yet');
  const oldest = gauge('atasker_cluster_oldest_seconds', 'How long the oldest waiting task has waited');
  const recovered = gauge('atasker_cluster_recovered', 'Tasks that were claimed again after the death of a node');
  const setAll = (info: ClusterInfo): void => {
    for (const [tt, priorities] of Object.entries(info.queued)) {
      for (const [priority, count] of Object.entries(priorities)) queued.set({ tt, priority }, count);
    }
    claimed.set(info.running);
    delayed.set(info.delayed);
    oldest.set((info.oldestMs ?? 0) / 1000);
    recovered.set(info.recovered);
  };
  return {
    contentType: registry.contentType,
    async text() {
      ready.set(cluster.isNodeReady ? 1 : 0);
      running.set(cluster.nodeTasks);
      setAll(await cluster.getClusterInfo());
      return registry.metrics();
    },
  };
}

async function load(): Promise<typeof PromClient | null> {
  try {
    return await import('prom-client');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}
