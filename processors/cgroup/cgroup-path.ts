/**
 * What the path of a cgroup says of who runs in it: container, pod, systemd unit.
 *
 * Facts of the layouts: runtimes name a container's cgroup by its id, bare (cgroupfs driver) or as a systemd scope with
 * a prefix of theirs; kubelet makes a cgroup `pod<UID>` above it, with dashes as underscores in slices; systemd's units
 * follow its slices (systemd.slice(5), cg_path_get_unit of its sources).
 */

export interface CgroupFacts {
  readonly containerId?: string;
  /** `docker`, `containerd`, `cri-o` or `podman`; absent where the path does not tell. */
  readonly runtime?: string;
  readonly podUid?: string;
  /** The unit of the system's own manager, as `systemctl status` has it. */
  readonly unit?: string;
  /** The innermost slice that the unit is in. */
  readonly slice?: string;
  /** The unit of a user's manager, below `user@UID.service`. */
  readonly userUnit?: string;
}

const CONTROLLERS =
  'unified|systemd|elogind|(?:cpu|cpuacct|cpuset|memory|devices|freezer|blkio|pids|net_cls|net_prio|perf_event|hugetlb|rdma|misc)' +
  '(?:,(?:cpuacct|cpu|net_prio|net_cls))?';
/** A mount of v2, of v1 or of a hybrid layout, wherever the host's root is. */
const MOUNT = new RegExp(`^(?:/[^/]+)*?/sys/fs/cgroup(?:/(?:${CONTROLLERS})(?=/|$))?`);

/** 64 hex digits; ECS on Fargate: those of the task and a number. */
const ID = '[0-9a-f]{64}|[0-9a-f]{32}-[0-9]{6,20}';
const CONTAINER = new RegExp(
  `^(?:(?:.*[:-])?(docker|cri-containerd|containerd|nerdctl|crio|libpod|podman)[:-])?(${ID})(?:\\.scope)?$`,
);
const POD =
  /^(?:.*-)?pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?::.*)?$/;
const UNIT = /^[^/]+\.(?:service|scope|socket|mount|swap)$/;
const USER_MANAGER = /^user@\d+\.service$/;

const RUNTIMES: Readonly<Record<string, string>> = {
  docker: 'docker',
  'cri-containerd': 'containerd',
  containerd: 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
  libpod: 'podman',
  podman: 'podman',
};

/** @param path as the `cgroup` decoder gives it, with its mount, or as in /proc/PID/cgroup, without. */
export function cgroupFacts(path: string): CgroupFacts {
  const parts = path
    .replace(MOUNT, '')
    .split('/')
    .filter((part) => part !== '');
  return { ...containerOf(parts), ...podOf(parts), ...unitOf(parts) };
}

/** The innermost one: containers run in containers. */
function containerOf(parts: readonly string[]): CgroupFacts {
  for (let i = parts.length - 1; i >= 0; i--) {
    const [, prefix, containerId] = CONTAINER.exec(parts[i]) ?? [];
    if (containerId === undefined) continue;
    const name = prefix ?? (parts[i - 1] === 'docker' ? 'docker' : undefined);
    return name === undefined ? { containerId } : { containerId, runtime: RUNTIMES[name] };
  }
  return {};
}

function podOf(parts: readonly string[]): CgroupFacts {
  for (const part of parts.toReversed()) {
    const uid = POD.exec(part)?.[1];
    if (uid !== undefined) return { podUid: uid.replaceAll('_', '-') };
  }
  return {};
}

/** systemd puts an underscore before names that could be taken for a controller's. */
const unescape = (part: string): string => (part.startsWith('_') ? part.slice(1) : part);

function unitOf(parts: readonly string[]): CgroupFacts {
  const { slice, unit, rest } = nextUnit(parts);
  if (unit === undefined) return slice === undefined ? {} : { slice };
  const userUnit = USER_MANAGER.test(unit) ? nextUnit(rest).unit : undefined;
  return { unit, ...(slice === undefined ? {} : { slice }), ...(userUnit === undefined ? {} : { userUnit }) };
}

/** The last of the slices that a path begins with, the unit after them, and what is below that. */
function nextUnit(parts: readonly string[]): { slice?: string; unit?: string; rest: readonly string[] } {
  let slices = 0;
  while (parts[slices]?.endsWith('.slice')) slices++;
  const unit = unescape(parts[slices] ?? '');
  return {
    slice: slices === 0 ? undefined : unescape(parts[slices - 1]),
    unit: UNIT.test(unit) ? unit : undefined,
    rest: parts.slice(slices + 1),
  };
}
