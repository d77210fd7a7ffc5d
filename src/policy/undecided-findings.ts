// Findings for facts that could not be had, and for images that contradict themselves: what happened, and what to do about it.
import type { Fault, FaultCode } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { RuleId } from '../checks/check.ts';
import { findRule } from '../checks/checks.ts';
import type { Statement } from './raised-finding.ts';
import { meaningOfFault } from './undecided.ts';

/** Faults that one can do something more exact about than their rule says. */
const adviceByCode: Partial<Readonly<Record<FaultCode, string>>> = {
  'registry/unreachable':
    'check that the registry runs and that its name resolves and is reachable from here (network policy, proxy, firewall)',
  'registry/timeout':
    'try again; if the registry is always this slow, put a pull-through mirror near the cluster and name it under `registries`',
  'registry/tls':
    'give the registry a certificate for its name from a known authority, or name the authority as `caFile` under `registries`',
  'registry/rate-limited':
    'pull with credentials instead of anonymously, or through a mirror of your own; the next attempt may pass',
  'registry/circuit-open':
    'the registry failed several times in a row and is asked again in a moment; check its health',
  'registry/protocol':
    'the host answers, but not as a registry does: check the host and path of the reference, what proxy stands in between, and for HTTPS on loopback `plainHTTP: false` under `registries`',
  'registry/address-refused':
    'if the registry is meant to be there, open the address with `allowAddresses` of its entry under `registries`',
  'registry/redirect-refused':
    'the registry redirects to where this service does not go (plain HTTP, a refused address, too many hops); serve blobs over HTTPS from a public or allowed address',
  'registry/realm-refused':
    'the registry sends to a token server on another host; if that is right, name it as `tokenRealms` under `registries`',
  'kubernetes/unavailable': 'the API server could not be asked for pull secrets; try again',
  'kubernetes/forbidden':
    'this service may not read the pull secrets of the namespace: give its service account `get` on them, or give it credentials of its own',
  'image/no-platform':
    'build the image for the platforms of the cluster (`docker buildx build --platform linux/amd64,linux/arm64 --push …`)',
  'image/malformed': 'the image is not as the specification has it: build and push it again with a current builder',
  cancelled:
    'the registry was slower than the deadline of this request: try again, as what was read so far is kept; raise `timeoutSeconds` of the webhook if it happens often',
};

/** What to say of a fault. The message is the fault's own, which names the credential that was tried and never more of it. */
export function statementOfFault(fault: Fault): Statement {
  const rule = ruleOfFault(fault);
  return {
    rule,
    message: messageOf(fault),
    advice: adviceByCode[fault.code] ?? findRule(rule)?.advice ?? '',
  };
}

/** A limit is named, because the advice is to raise it. */
function messageOf({ message, limit }: Fault): string {
  const told = printable(message, 300);
  return limit === undefined || told.includes(limit) ? told : `${told} (${limit})`;
}

function ruleOfFault(fault: Fault): RuleId {
  const meaning = meaningOfFault(fault);
  switch (meaning.kind) {
    case 'integrity':
      return meaning.rule;
    case 'undecided':
      return `undecided/${meaning.cause}`;
    case 'reference':
      return 'reference/invalid';
    default:
      return meaning satisfies never;
  }
}
