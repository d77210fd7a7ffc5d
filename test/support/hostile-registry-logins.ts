// Who may pull from a test registry: open, Basic, or Bearer with a token server beside it, as the docker token specification says.
import { randomBytes } from 'node:crypto';
import type { RecordedRequest } from './hostile-registry.ts';
import { type Answer, errorAnswer, jsonAnswer, repositoryOf } from './hostile-registry-content.ts';

export interface LoginRules {
  readonly kind: 'open' | 'basic' | 'bearer';
  /** Passwords by user. */
  readonly users?: Readonly<Record<string, string>>;
  /** Users by identity token, for the oauth2 POST. */
  readonly identityTokens?: Readonly<Record<string, string>>;
  /** By default every user may pull everything, and anonymous nothing. */
  readonly mayPull?: (user: string | undefined, repository: string) => boolean;
  /** Seconds, told as `expires_in`. */
  readonly tokenSeconds?: number;
  /** Where the realm points; by default `/token` of the registry itself. */
  readonly realm?: string;
}

export interface LoginDesk {
  /** Undefined when the request may go on; else what to answer instead. */
  check(request: RecordedRequest, origin: string): Answer | undefined;
  /** Answers the token endpoint. */
  token(request: RecordedRequest): Answer;
  /** No token given out so far is taken any longer. */
  revokeTokens(): void;
}

interface Grant {
  readonly user: string | undefined;
  readonly scopes: readonly string[];
}

export function createLoginDesk(rules: LoginRules): LoginDesk {
  const { users = {}, identityTokens = {}, mayPull = (user) => user !== undefined, tokenSeconds = 300 } = rules;
  const grants = new Map<string, Grant>();

  /** The user of a Basic header; undefined without one, null for a wrong one. */
  function userOf(header: string | undefined): string | undefined | null {
    const encoded = /^Basic (.+)$/.exec(header ?? '')?.[1];
    if (encoded === undefined) return undefined;
    const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    return users[user] !== undefined && users[user] === rest.join(':') ? user : null;
  }

  function checkBasic(request: RecordedRequest): Answer | undefined {
    const user = userOf(request.headers['authorization']);
    const repository = repositoryOf(request.path.slice('/v2/'.length));
    const isKnown = user !== null && user !== undefined;
    if (repository === undefined ? isKnown : user !== null && mayPull(user, repository)) return undefined;
    if (isKnown) return errorAnswer(403, 'DENIED', 'requested access to the resource is denied');
    return unauthorized('Basic realm="test registry"');
  }

  function checkBearer(request: RecordedRequest, origin: string): Answer | undefined {
    const repository = repositoryOf(request.path.slice('/v2/'.length));
    const grant = grants.get(/^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1] ?? '');
    const scope = repository === undefined ? undefined : `repository:${repository}:pull`;
    if (grant !== undefined && (scope === undefined || grant.scopes.includes(scope))) return undefined;
    const realm = rules.realm ?? `${origin}/token`;
    const parts = [
      `realm="${realm}"`,
      'service="test registry, main"',
      ...(scope === undefined ? [] : [`scope="${scope}"`]),
    ];
    return unauthorized(`Bearer ${parts.join(',')}`);
  }

  function issue(user: string | undefined, scopes: readonly string[]): Answer {
    const granted = scopes.filter((scope) => mayPull(user, scope.split(':')[1] ?? ''));
    const token = randomBytes(16).toString('base64url');
    grants.set(token, { user, scopes: granted });
    return jsonAnswer(200, { token, access_token: token, expires_in: tokenSeconds });
  }

  function issueForForm(form: URLSearchParams): Answer {
    const user = identityTokens[form.get('refresh_token') ?? ''];
    if (user === undefined) return errorAnswer(401, 'UNAUTHORIZED', 'unknown refresh token');
    return issue(user, (form.get('scope') ?? '').split(' '));
  }

  return {
    check(request, origin) {
      switch (rules.kind) {
        case 'open':
          return undefined;
        case 'basic':
          return checkBasic(request);
        case 'bearer':
          return checkBearer(request, origin);
        default:
          return rules.kind satisfies never;
      }
    },
    token(request) {
      if (request.method === 'POST') return issueForForm(new URLSearchParams(request.body));
      const user = userOf(request.headers['authorization']);
      if (user === null) return errorAnswer(401, 'UNAUTHORIZED', 'incorrect username or password');
      return issue(
        user,
        request.query.getAll('scope').flatMap((scope) => scope.split(' ')),
      );
    },
    revokeTokens: () => grants.clear(),
  };
}

function unauthorized(challenge: string): Answer {
  return errorAnswer(401, 'UNAUTHORIZED', 'authentication required', { 'WWW-Authenticate': challenge });
}
