// Finds loopback ports on which nobody listens.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** All are held until the last is known, so that they differ. Somebody else may still take one before it is used. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
    return address.port;
  });
  await Promise.all(servers.map((server) => server.close()).map((server) => once(server, 'close')));
  return ports;
}
