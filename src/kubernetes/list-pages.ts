// Reads long lists from the API server page by page, so that no answer grows with the cluster.
import { Fault } from '../base/fault.ts';
import { field, listField, textField } from '../workload/fields.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';

export interface Page {
  readonly items: readonly unknown[];
  /** Of the list as a whole: where a watch goes on. */
  readonly resourceVersion: string;
}

/** A list that expires between two pages (410) is a Fault `kubernetes/unavailable` like any other: the caller starts again. */
export async function* listPages(
  api: ApiClient,
  request: ApiRequest,
  pageSize: number,
): AsyncGenerator<Page, void, undefined> {
  let next = '';
  do {
    const query = { limit: String(pageSize), ...(next === '' ? {} : { continue: next }) };
    const list = await api.get({ ...request, query });
    if (list === undefined) throw new Fault('kubernetes/unavailable', `the API server does not serve ${request.what}`);
    const metadata = field(list, 'metadata');
    yield { items: listField(list, 'items'), resourceVersion: textField(metadata, 'resourceVersion') ?? '' };
    next = textField(metadata, 'continue') ?? '';
  } while (next !== '');
}
