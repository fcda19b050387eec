import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { ClusterSupervisor } from '@atasker/cluster';
import { metricsOf } from './metrics.ts';

/**
 * Serves `/healthz` (this program's event loop answers), `/readyz` (its node claims tasks) and `/metrics`. Resolves when
 * it listens.
 */
export async function serve(
  cluster: ClusterSupervisor,
  { port, host }: { port: number; host: string },
): Promise<Server> {
  const metrics = await metricsOf(cluster);
  const server = createServer((request, response) => {
    answer(request.url ?? '', response, cluster, metrics).catch((error: Error) => send(response, 500, error.message));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

async function answer(
  url: string,
  response: ServerResponse,
  cluster: ClusterSupervisor,
  metrics: Awaited<ReturnType<typeof metricsOf>>,
): Promise<void> {
  switch (url.replace(/\?.*/, '')) {
    case '/healthz':
      return send(response, 200, 'ok');
    case '/readyz':
      return cluster.isNodeReady ? send(response, 200, 'ready') : send(response, 503, 'not ready');
    case '/metrics':
      if (metrics === null) return send(response, 501, 'metrics need the package prom-client: npm i prom-client');
      response.setHeader('content-type', metrics.contentType);
      return send(response, 200, await metrics.text());
    default:
      send(response, 404, 'there are /healthz, /readyz and /metrics');
  }
}

function send(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.end(text.endsWith('\n') ? text : `${text}\n`);
}
