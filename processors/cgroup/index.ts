/** From the path of a cgroup to the container, the pod and the systemd unit that it belongs to. */
import type { ProcessorFactory } from '../../src/component.ts';
import type { Infer } from '../../src/schema.ts';
import { boolean, list, object, string } from '../../src/schema.ts';
import { CgroupProcessor } from './processor.ts';

const attribute = (doc: string) => object({ enabled: boolean({ default: true, doc }) });

const config = object(
  {
    from_attributes: list(string(), {
      default: ['cgroup', 'cgroup_path'],
      min: 1,
      doc: 'Attributes that may hold the path of a cgroup; the first that a series has is taken.',
    }),
    attributes: object(
      {
        'container.id': attribute('Id of the innermost container.'),
        'container.runtime.name': attribute('docker, containerd, cri-o or podman, where the path tells.'),
        'k8s.pod.uid': attribute('UID of the Kubernetes pod.'),
        'systemd.unit': attribute('Unit of the system manager (no semantic convention: a name of this agent).'),
        'systemd.slice': attribute('Slice that the unit is in (a name of this agent).'),
        'systemd.user_unit': attribute("Unit of a user's manager, below user@UID.service (a name of this agent)."),
      },
      { doc: 'Attributes to add where the path has them. They come after those that the series has.' },
    ),
  },
  { doc: 'Adds container, pod and systemd unit to series that have the path of a cgroup.' },
);
export type CgroupConfig = Infer<typeof config>;

export const cgroup: ProcessorFactory<CgroupConfig> = {
  type: 'cgroup',
  signals: ['metrics', 'traces'],
  stability: 'beta',
  description: 'Adds container.id, k8s.pod.uid and the systemd unit from the path of a cgroup. Comes after decode.',
  config,
  create: (_settings, parsed) => new CgroupProcessor(parsed),
};
