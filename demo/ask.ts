// Sends an AdmissionReview as an API server does, and reads the answer.
import { Agent, request } from 'node:https';

export interface ReviewAnswer {
  readonly allowed: boolean;
  readonly message: string;
  readonly warnings: readonly string[];
}

/** One connection for all, as an API server keeps it. */
export function createAsker(url: string, ca: string): { ask(review: object): Promise<ReviewAnswer>; close(): void } {
  const agent = new Agent({ keepAlive: true, ca });
  return {
    async ask(review) {
      const { response } = JSON.parse(await post(`${url}/validate?timeout=10s`, JSON.stringify(review), agent));
      return { allowed: response.allowed, message: response.status?.message ?? '', warnings: response.warnings ?? [] };
    },
    close: () => agent.destroy(),
  };
}

function post(url: string, body: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
