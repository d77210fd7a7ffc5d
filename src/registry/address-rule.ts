// Which addresses may be dialled: the one guard against image names, realms and redirects that point inside.
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { Fault } from '../base/fault.ts';

export interface AddressRule {
  /** Why the address must not be dialled, as a noun phrase for a message; undefined when it may be. Anything that is no IP address is refused. */
  refusal(address: string): string | undefined;
  /** Equal for rules that decide alike, so that connections are only shared between them. */
  readonly id: string;
  /** What it was made of: data, from which another thread can make the same rule. */
  readonly options: AddressRuleOptions;
}

export interface AddressRuleOptions {
  /** CIDR ranges or addresses that may be dialled whatever follows. */
  readonly allow?: readonly string[];
  /** CIDR ranges or addresses refused besides the built-in ones. */
  readonly refuse?: readonly string[];
  readonly allowLoopback?: boolean;
}

/** Private networks (RFC 1918, fc00::/7) are not here: registries inside a company live in them. */
const builtInRanges: readonly (readonly [reason: string, ranges: readonly string[]])[] = [
  [
    'a metadata address of a cloud',
    ['169.254.169.254', '168.63.129.16', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254'],
  ],
  ['a link-local address', ['169.254.0.0/16', 'fe80::/10']],
  ['a multicast address', ['224.0.0.0/4', 'ff00::/8']],
  ['an unspecified address', ['0.0.0.0/8', '255.255.255.255', '::']],
];

const loopbackRanges = ['127.0.0.0/8', '::1'];

/** @throws Fault `document/invalid` for a range that is none. */
export function createAddressRule(options: AddressRuleOptions = {}): AddressRule {
  const allowed = createRange([...(options.allow ?? []), ...(options.allowLoopback === true ? loopbackRanges : [])]);
  const refused: { readonly reason: string; readonly has: (address: string) => boolean }[] = [
    ...builtInRanges.map(([reason, ranges]) => ({ reason, has: createRange(ranges) })),
    { reason: 'a loopback address', has: createRange(loopbackRanges) },
    { reason: 'an address that the service keeps to itself', has: createRange(options.refuse ?? []) },
  ];
  return {
    id: JSON.stringify([options.allow ?? [], options.refuse ?? [], options.allowLoopback === true]),
    options,
    refusal(address) {
      if (!isIPv4(address) && !isIPv6(address)) return 'not an IP address';
      if (address.includes('%')) return 'an address with a zone';
      if (allowed(address)) return undefined;
      const closed = addressForms(address).filter((form) => !allowed(form));
      return refused.find((range) => closed.some(range.has))?.reason;
    },
  };
}

/** Whether `text` is an address or a CIDR range. */
export function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const width = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : 0;
  if (width === 0 || rest.length > 0) return false;
  return bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= width);
}

function createRange(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    if (!isAddressRange(range)) {
      throw new Fault('document/invalid', `${JSON.stringify(range)} is not an IP address or a CIDR range`);
    }
    const [address = '', bits] = range.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** The address itself and every IPv4 address that it stands for, as routers and translators read it. */
function addressForms(address: string): readonly string[] {
  if (isIPv4(address)) return [address];
  return [address, ...embeddedIPv4(groupsOf(address))];
}

/**
 * IPv4 inside IPv6: mapped and compatible (RFC 4291 2.5.5), translated (RFC 2765), NAT64 well-known and local-use prefixes
 * (RFC 6052, RFC 8215), 6to4 (RFC 3056).
 */
function embeddedIPv4(groups: readonly number[]): readonly string[] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const last = dotted(g, h);
  const startsWithZeros = a === 0 && b === 0 && c === 0 && d === 0;
  if (startsWithZeros && ((e === 0 && (f === 0xffff || f === 0)) || (e === 0xffff && f === 0))) return [last];
  if (a === 0x64 && b === 0xff9b) {
    // A /48 prefix has its IPv4 address around bits 64 to 71, which are zero (RFC 6052 2.2); a /96 has it at the end, and zeros there.
    const middle = dotted(d, ((e & 0xff) << 8) | (f >> 8));
    return c === 1 && middle !== unspecified ? [middle, last].filter((address) => address !== unspecified) : [last];
  }
  return a === 0x2002 ? [dotted(b, c)] : [];
}

const unspecified = '0.0.0.0';

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = address.split('::');
  const left = groupsOfPart(head);
  if (tail === undefined) return left;
  const right = groupsOfPart(tail);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function groupsOfPart(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
