// A pod spec to the images it uses: containers of every kind and image volumes, with their effective settings.
import { booleanField, field, integerField, isFieldBag, listField, textField, textListField } from './fields.ts';
import type { ImageUse, Probes, RunAs, UseKind } from './use.ts';

const noProbes: Probes = { liveness: false, readiness: false, startup: false };

/** What all containers of a pod inherit. */
interface PodSettings {
  readonly path: string;
  readonly securityContext: unknown;
  readonly sharesProcessNamespace: boolean;
}

/** @param path field path of the pod spec from the object's root, for the uses' own paths. */
export function usesFromPodSpec(podSpec: unknown, path: string): readonly ImageUse[] {
  const pod: PodSettings = {
    path,
    securityContext: field(podSpec, 'securityContext'),
    sharesProcessNamespace:
      booleanField(podSpec, 'shareProcessNamespace') === true || booleanField(podSpec, 'hostPID') === true,
  };
  return [
    ...containerUses(pod, podSpec, 'initContainers', initKind),
    ...containerUses(pod, podSpec, 'containers', () => 'container'),
    ...containerUses(pod, podSpec, 'ephemeralContainers', () => 'ephemeral'),
    ...volumeUses(pod, podSpec),
  ];
}

/** An init container that is restarted for ever runs beside the others (sidecar containers, Kubernetes 1.29). */
function initKind(container: unknown): UseKind {
  return textField(container, 'restartPolicy') === 'Always' ? 'sidecar' : 'init';
}

function containerUses(
  pod: PodSettings,
  podSpec: unknown,
  list: string,
  kindOf: (container: unknown) => UseKind,
): readonly ImageUse[] {
  return listField(podSpec, list).flatMap((container, index) =>
    isFieldBag(container) ? [containerUse(pod, container, `${list}[${index}]`, kindOf(container))] : [],
  );
}

function containerUse(pod: PodSettings, container: unknown, place: string, kind: UseKind): ImageUse {
  const pullPolicy = textField(container, 'imagePullPolicy');
  const command = textListField(container, 'command');
  const args = textListField(container, 'args');
  return {
    kind,
    path: `${pod.path}.${place}.image`,
    name: textField(container, 'name') ?? '',
    image: textField(container, 'image') ?? '',
    ...(pullPolicy === undefined ? {} : { pullPolicy }),
    runAs: effectiveRunAs(field(container, 'securityContext'), pod.securityContext),
    probes: {
      liveness: isFieldBag(field(container, 'livenessProbe')),
      readiness: isFieldBag(field(container, 'readinessProbe')),
      startup: isFieldBag(field(container, 'startupProbe')),
    },
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    sharesProcessNamespace: pod.sharesProcessNamespace,
  };
}

/** The container's securityContext field by field, else the pod's: what the kubelet's DetermineEffectiveSecurityContext does. */
function effectiveRunAs(container: unknown, pod: unknown): RunAs {
  const user = integerField(container, 'runAsUser') ?? integerField(pod, 'runAsUser');
  const group = integerField(container, 'runAsGroup') ?? integerField(pod, 'runAsGroup');
  const nonRoot = booleanField(container, 'runAsNonRoot') ?? booleanField(pod, 'runAsNonRoot');
  const windowsUserName =
    textField(field(container, 'windowsOptions'), 'runAsUserName') ??
    textField(field(pod, 'windowsOptions'), 'runAsUserName');
  return {
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
    ...(nonRoot === undefined ? {} : { nonRoot }),
    ...(windowsUserName === undefined ? {} : { windowsUserName }),
  };
}

/** Image volumes (Kubernetes 1.35 on by default): mounted, never run, so without user, probes and command. */
function volumeUses(pod: PodSettings, podSpec: unknown): readonly ImageUse[] {
  return listField(podSpec, 'volumes').flatMap((volume, index): readonly ImageUse[] => {
    const image = field(volume, 'image');
    if (!isFieldBag(image)) return [];
    const pullPolicy = textField(image, 'pullPolicy');
    return [
      {
        kind: 'volume',
        path: `${pod.path}.volumes[${index}].image.reference`,
        name: textField(volume, 'name') ?? '',
        image: textField(image, 'reference') ?? '',
        ...(pullPolicy === undefined ? {} : { pullPolicy }),
        runAs: {},
        probes: noProbes,
        sharesProcessNamespace: false,
      },
    ];
  });
}
