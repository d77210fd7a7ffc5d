// What the warm path is measured against: an express app on HTTPS that parses the same bodies and allows everything.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import express from 'express';

const [certFile = '', keyFile = ''] = process.argv.slice(2);
const app = express();
app.disable('x-powered-by');
app.use(express.json({ limit: '7mb' }));
app.post('/validate', (request, response) => {
  const { uid } = request.body.request;
  response.json({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true } });
});
const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile), ALPNProtocols: ['http/1.1'] },
  app,
);
server.listen(0, '127.0.0.1', () => {
  const address: AddressInfo | string | null = server.address();
  process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : 0}\n`);
});
