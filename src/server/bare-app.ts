// What the express apps of this service have in common: no header tells what runs here, and what goes wrong is short JSON.
import type { ServerResponse } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Log } from '../telemetry/log.ts';

/** A request that does not get the answer it wants: HTTP status and one sentence. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An app with the routes that `addRoutes` gives it, and an end for everything else. */
export function createBareApp(log: Log, addRoutes: (app: Express) => void): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  addRoutes(app);
  app.use((_: Request, response: Response) => refuse(response, { status: 404, message: 'there is nothing here' }));
  // Express knows an error handler by its four parameters.
  app.use((thrown: unknown, _: Request, response: Response, _next: NextFunction) => {
    log.error({ err: thrown }, 'a request failed');
    refuse(response, { status: 500, message: 'an internal error occurred' });
  });
  return app;
}

export function refuse(response: ServerResponse, { status, message, headers = {} }: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  sendJson(response, { error: message });
}

export function sendJson(response: ServerResponse, value: object): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
}

/** The end of a route for any method but its own. */
export function refuseMethod(allowed: string): (request: Request, response: Response) => void {
  const refusal = { status: 405, message: `only ${allowed} is answered here`, headers: { Allow: allowed } };
  return (_, response) => refuse(response, refusal);
}
