import type { Server, ServerResponse } from 'node:http';

/**
 * A client keeps its connection for a next request, and a server that closes waits until it gives up: 5 s in Node.js,
 * 72 s in Fastify. What this returns makes each answer from then on the last one of its connection.
 */
export function trackRequests(server: Server): () => void {
  const open = new Set<ServerResponse>();
  let isLast = false;
  server.prependListener('request', (_request, response) => {
    if (isLast) response.setHeader('connection', 'close');
    open.add(response);
    response.once('close', () => open.delete(response));
  });
  return () => {
    isLast = true;
    for (const response of open) if (!response.headersSent) response.setHeader('connection', 'close');
  };
}
