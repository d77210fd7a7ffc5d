// Who is next: what somebody waits for before what nobody does; then hosts take turns, and within a host its tenants.
import type { Priority } from '../inspection/layer-work.ts';

export interface Waiting {
  readonly host: string;
  readonly tenant: string;
}

/** Hosts, and within them tenants, in the order of their turns; maps keep the order in which they were filled. */
type Lines<T> = Map<string, Map<string, Set<T>>>;

/** Each step takes time that grows with the number of hosts at most. */
export class FairQueue<T extends Waiting> {
  readonly #waiting: Lines<T> = new Map();
  readonly #background: Lines<T> = new Map();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** To the end of its tenant's line. */
  add(item: T, priority: Priority): void {
    const lines = priority === 'waiting' ? this.#waiting : this.#background;
    const tenants = entryOf(lines, item.host, () => new Map<string, Set<T>>());
    entryOf(tenants, item.tenant, () => new Set<T>()).add(item);
    this.#length += 1;
  }

  /** Takes the next whose host may have a turn; a host that may not keeps its place. */
  take(mayHave: (host: string, priority: Priority) => boolean): T | undefined {
    return (
      this.#takeFrom(this.#waiting, (host) => mayHave(host, 'waiting')) ??
      this.#takeFrom(this.#background, (host) => mayHave(host, 'background'))
    );
  }

  /** False when it is not there. */
  remove(item: T): boolean {
    const isThere = removeFrom(this.#waiting, item) || removeFrom(this.#background, item);
    if (isThere) this.#length -= 1;
    return isThere;
  }

  #takeFrom(lines: Lines<T>, mayHave: (host: string) => boolean): T | undefined {
    for (const [host, tenants] of lines) {
      if (!mayHave(host)) continue;
      for (const [tenant, items] of tenants) {
        for (const item of items) {
          this.remove(item);
          toTheEnd(tenants, tenant);
          toTheEnd(lines, host);
          return item;
        }
      }
    }
    return undefined;
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Lines that nobody stands in are forgotten. */
function removeFrom<T extends Waiting>(lines: Lines<T>, item: T): boolean {
  const tenants = lines.get(item.host);
  const items = tenants?.get(item.tenant);
  if (tenants === undefined || items?.delete(item) !== true) return false;
  if (items.size === 0) tenants.delete(item.tenant);
  if (tenants.size === 0) lines.delete(item.host);
  return true;
}

function toTheEnd<K, V>(map: Map<K, V>, key: K): void {
  const value = map.get(key);
  if (value === undefined || !map.delete(key)) return;
  map.set(key, value);
}
