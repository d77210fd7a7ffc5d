// Which platforms the cluster's nodes have, so that an index is judged on those and on no others.
import { formatPlatform, normalisePlatform, type Platform } from '../oci/platform.ts';
import { fieldAt, textField } from '../workload/fields.ts';
import type { ApiClient } from './api-client.ts';
import { type FollowOptions, follow } from './follow.ts';
import { listPages } from './list-pages.ts';

export interface NodePlatforms {
  /** Distinct, sorted by name; undefined until nodes were read once, and when there are none. The last known ones outlive the server's absence. */
  current(): readonly Platform[] | undefined;
}

/** Starts looking at once and looks again every `limits.nodesRefreshMs`; `options.signal` ends it. */
export function createNodePlatforms(api: ApiClient, options: FollowOptions): NodePlatforms {
  const { limits, signal } = options;
  let known: readonly Platform[] | undefined;

  void follow(options, async (succeeded) => {
    const found = new Map<string, Platform>();
    for await (const page of listPages(api, { path: '/api/v1/nodes', what: 'nodes', signal }, limits.pageSize)) {
      for (const node of page.items) {
        const platform = platformOfNode(node);
        if (platform !== undefined) found.set(formatPlatform(platform), platform);
      }
    }
    // A cluster without nodes (all asleep, or not yet registered) says nothing about where a pod will run.
    known = found.size === 0 ? undefined : [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
    succeeded();
    return limits.nodesRefreshMs;
  });

  return { current: () => known };
}

/** `status.nodeInfo` as the kubelet reports it. It knows no variant: 32-bit arm is taken as v7, as containerd does. */
function platformOfNode(node: unknown): Platform | undefined {
  const info = fieldAt(node, ['status', 'nodeInfo']);
  const [os, architecture] = [textField(info, 'operatingSystem'), textField(info, 'architecture')];
  return os === undefined || architecture === undefined ? undefined : normalisePlatform({ os, architecture });
}
