// What the two ends of a channel say to each other. One end knows how to ask registries, and has the logins; the other has the connections.
import type { FaultMessage } from '../base/fault-message.ts';
import type { AddressRuleOptions } from './address-rule.ts';
import type { Route } from './agents.ts';

/** A request as data. `exchange` names it on its channel. */
export interface ChannelRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly route: Omit<Route, 'rule'> & { readonly rule: AddressRuleOptions };
  readonly timeoutMs: number;
}

/** To the end that reads. */
export type ToReader =
  | { readonly kind: 'send'; readonly exchange: number; readonly request: ChannelRequest }
  /** Nobody wants the answer, or the rest of its body. */
  | { readonly kind: 'abandon'; readonly exchange: number }
  /** The bytes that it asked for are the body of this exchange. */
  | { readonly kind: 'connected'; readonly exchange: number; readonly from: number; readonly isDelimited: boolean }
  | { readonly kind: 'refused'; readonly fault: FaultMessage };

/** To the end that asks; each `connect` gets one `connected` or `refused`, each `send` one `replied` or `failed`. */
export type ToAsker =
  | { readonly kind: 'connect'; readonly offset: number }
  | {
      readonly kind: 'replied';
      readonly exchange: number;
      readonly status: number;
      readonly headers: ReadonlyMap<string, string>;
      /** Absent where it is a layer's: that stays where it came in. */
      readonly body?: Uint8Array;
    }
  | { readonly kind: 'failed'; readonly exchange: number; readonly fault: FaultMessage }
  /** The connection of an open body is closed, or serves another request. */
  | { readonly kind: 'closed'; readonly exchange: number };
