// How to connect to a host: its address rule and TLS identity from the settings, with files read again when they change.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { type AddressRule, createAddressRule } from './address-rule.ts';
import type { Route } from './agents.ts';
import type { RegistryLog } from './registry-log.ts';
import { type RegistryEntry, type RegistrySettings, registryEntryFor } from './settings.ts';

export interface Routes {
  /** The route to a registry or mirror with this entry. @throws Fault `registry/tls` when its files cannot be read. */
  routeFor(entry: RegistryEntry | undefined): Promise<Route>;
  /**
   * The route to a host that a registry pointed to: by the entry of that host; without one, the pointing registry's CA counts,
   * but neither its opened addresses nor its client certificate.
   */
  routeToOther(url: URL, from: RegistryEntry | undefined): Promise<Route>;
}

export interface RoutesDeps {
  readonly now: () => number;
  /** Reads a small text file whole; its rejection is taken as "cannot be read". */
  readonly readFile: (path: string) => Promise<string>;
  readonly log: RegistryLog;
}

interface ReadText {
  readonly text: string;
  readonly readAtMs: number;
}

export function createRoutes(settings: RegistrySettings, deps: RoutesDeps): Routes {
  const texts = new Map<string, ReadText>();
  const rules = new Map<string, AddressRule>();

  function ruleFor(allow: readonly string[]): AddressRule {
    const key = allow.join(' ');
    const known = rules.get(key);
    if (known !== undefined) return known;
    const rule = createAddressRule({ allow, refuse: settings.refuseAddresses, allowLoopback: settings.allowLoopback });
    rules.set(key, rule);
    return rule;
  }

  /** The content as of at most `tlsFilesFreshForMs` ago; what was last read stays in force while the file cannot be read. */
  async function readText(path: string): Promise<string> {
    const known = texts.get(path);
    const readAtMs = deps.now();
    if (known !== undefined && readAtMs - known.readAtMs < settings.limits.tlsFilesFreshForMs) return known.text;
    try {
      const text = await deps.readFile(path);
      texts.set(path, { text, readAtMs });
      return text;
    } catch (cause) {
      if (known === undefined) {
        throw new Fault('registry/tls', `${printable(path)}, set under \`registries\`, cannot be read`, { cause });
      }
      texts.set(path, { text: known.text, readAtMs });
      deps.log.warn('a TLS file can no longer be read; its last content stays in force', { path });
      return known.text;
    }
  }

  async function optionalText<K extends string>(
    key: K,
    path: string | undefined,
  ): Promise<{ readonly [P in K]?: string }> {
    if (path === undefined) return {};
    const text = await readText(path);
    const only: { [P in K]?: string } = {};
    only[key] = text;
    return only;
  }

  async function routeFor(entry: RegistryEntry | undefined): Promise<Route> {
    return {
      rule: ruleFor(entry?.allowAddresses ?? []),
      ...(await optionalText('ca', entry?.caFile)),
      ...(await optionalText('certificate', entry?.clientCertificateFile)),
      ...(await optionalText('key', entry?.clientKeyFile)),
    };
  }

  return {
    routeFor,
    async routeToOther(url, from) {
      const own = registryEntryFor(settings.registries, url.host, '');
      if (own !== undefined) return routeFor(own);
      return { rule: ruleFor([]), ...(await optionalText('ca', from?.caFile)) };
    },
  };
}
