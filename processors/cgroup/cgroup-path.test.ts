// Paths as the runtimes make them, of cgroup v1, v2 and hybrid mounts.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CgroupFacts } from './cgroup-path.ts';
import { cgroupFacts } from './cgroup-path.ts';

const A = '4c01db0b339c4b5d8f1d3a2e9b0f7a6c1e5d2f3a4b5c6d7e8f90a1b2c3d4e5f6';
const B = 'fd4c3a2e9b0f7a6c1e5d2f3a4b5c6d7e8f90a1b2c3d4e5f64c01db0b339c4b5d';
const UID = 'f8b6a5c2-3d4e-4f5a-9b8c-7d6e5f4a3b2c';
const SLICE_UID = UID.replaceAll('-', '_');
const STATIC = '8c8a1e0f7d6b5a4c3e2d1f0a9b8c7d6e';

const cases: readonly { name: string; in: string; out: CgroupFacts }[] = [
  // docker
  { name: 'docker, cgroupfs, v1', in: `/sys/fs/cgroup/memory/docker/${A}`, out: { containerId: A, runtime: 'docker' } },
  {
    name: 'docker, cgroupfs, v1 joint controllers',
    in: `/sys/fs/cgroup/cpu,cpuacct/docker/${A}`,
    out: { containerId: A, runtime: 'docker' },
  },
  { name: 'docker, cgroupfs, v2', in: `/sys/fs/cgroup/docker/${A}`, out: { containerId: A, runtime: 'docker' } },
  {
    name: 'docker, systemd, v2',
    in: `/sys/fs/cgroup/system.slice/docker-${A}.scope`,
    out: { containerId: A, runtime: 'docker', unit: `docker-${A}.scope`, slice: 'system.slice' },
  },
  {
    name: 'docker, systemd, hybrid',
    in: `/sys/fs/cgroup/unified/system.slice/docker-${A}.scope`,
    out: { containerId: A, runtime: 'docker', unit: `docker-${A}.scope`, slice: 'system.slice' },
  },
  {
    name: 'docker, rootless',
    in: `/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${A}.scope`,
    out: {
      containerId: A,
      runtime: 'docker',
      unit: 'user@1000.service',
      slice: 'user-1000.slice',
      userUnit: `docker-${A}.scope`,
    },
  },
  {
    name: 'docker in docker',
    in: `/sys/fs/cgroup/docker/${A}/docker/${B}`,
    out: { containerId: B, runtime: 'docker' },
  },
  {
    name: 'systemd in docker',
    in: `/docker/${A}/system.slice/ssh.service`,
    out: { containerId: A, runtime: 'docker' },
  },
  {
    name: 'a cgroup below a container',
    in: `/sys/fs/cgroup/system.slice/docker-${A}.scope/init.scope`,
    out: { containerId: A, runtime: 'docker', unit: `docker-${A}.scope`, slice: 'system.slice' },
  },
  // kubernetes
  {
    name: 'containerd, systemd, burstable',
    in: `/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${SLICE_UID}.slice/cri-containerd-${A}.scope`,
    out: {
      containerId: A,
      runtime: 'containerd',
      podUid: UID,
      unit: `cri-containerd-${A}.scope`,
      slice: `kubepods-burstable-pod${SLICE_UID}.slice`,
    },
  },
  {
    name: 'containerd, systemd, guaranteed',
    in: `/sys/fs/cgroup/kubepods.slice/kubepods-pod${SLICE_UID}.slice/cri-containerd-${A}.scope`,
    out: {
      containerId: A,
      runtime: 'containerd',
      podUid: UID,
      unit: `cri-containerd-${A}.scope`,
      slice: `kubepods-pod${SLICE_UID}.slice`,
    },
  },
  {
    name: 'crio, systemd, besteffort',
    in: `/sys/fs/cgroup/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${SLICE_UID}.slice/crio-${A}.scope/container`,
    out: {
      containerId: A,
      runtime: 'cri-o',
      podUid: UID,
      unit: `crio-${A}.scope`,
      slice: `kubepods-besteffort-pod${SLICE_UID}.slice`,
    },
  },
  {
    name: "crio's monitor is not the container",
    in: `/sys/fs/cgroup/kubepods.slice/kubepods-pod${SLICE_UID}.slice/crio-conmon-${A}.scope`,
    out: { podUid: UID, unit: `crio-conmon-${A}.scope`, slice: `kubepods-pod${SLICE_UID}.slice` },
  },
  {
    name: 'crio, cgroupfs',
    in: `/kubepods/burstable/pod${UID}/crio-${A}`,
    out: { containerId: A, runtime: 'cri-o', podUid: UID },
  },
  {
    name: 'cgroupfs, burstable, v1',
    in: `/sys/fs/cgroup/pids/kubepods/burstable/pod${UID}/${A}`,
    out: { containerId: A, podUid: UID },
  },
  { name: 'cgroupfs, guaranteed', in: `/sys/fs/cgroup/kubepods/pod${UID}/${A}`, out: { containerId: A, podUid: UID } },
  { name: 'a pod itself', in: `/sys/fs/cgroup/kubepods/besteffort/pod${UID}`, out: { podUid: UID } },
  { name: 'a static pod', in: `/kubepods/burstable/pod${STATIC}/${A}`, out: { containerId: A, podUid: STATIC } },
  {
    name: 'containerd without its systemd setting',
    in: `/system.slice/containerd.service/kubepods-burstable-pod${SLICE_UID}.slice:cri-containerd:${A}`,
    out: { containerId: A, runtime: 'containerd', podUid: UID, unit: 'containerd.service', slice: 'system.slice' },
  },
  {
    name: 'kind',
    in: `/sys/fs/cgroup/docker/${B}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${SLICE_UID}.slice/cri-containerd-${A}.scope`,
    out: { containerId: A, runtime: 'containerd', podUid: UID },
  },
  {
    name: 'kind, cgroupfs',
    in: `/docker/${B}/kubelet/kubepods/besteffort/pod${UID}/${A}`,
    out: { containerId: A, podUid: UID },
  },
  // podman and others
  {
    name: 'podman',
    in: `/sys/fs/cgroup/machine.slice/libpod-${A}.scope/container`,
    out: { containerId: A, runtime: 'podman', unit: `libpod-${A}.scope`, slice: 'machine.slice' },
  },
  {
    name: 'podman, rootless',
    in: `/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${A}.scope/container`,
    out: {
      containerId: A,
      runtime: 'podman',
      unit: 'user@1000.service',
      slice: 'user-1000.slice',
      userUnit: `libpod-${A}.scope`,
    },
  },
  {
    name: 'podman, cgroupfs',
    in: `/sys/fs/cgroup/libpod_parent/libpod-${A}`,
    out: { containerId: A, runtime: 'podman' },
  },
  {
    name: "podman's pod",
    in: `/machine.slice/machine-libpod_pod_${B}.slice/libpod-${A}.scope`,
    out: { containerId: A, runtime: 'podman', unit: `libpod-${A}.scope`, slice: `machine-libpod_pod_${B}.slice` },
  },
  {
    name: "podman's monitor",
    in: `/machine.slice/libpod-conmon-${A}.scope`,
    out: { unit: `libpod-conmon-${A}.scope`, slice: 'machine.slice' },
  },
  {
    name: 'nerdctl',
    in: `/system.slice/nerdctl-${A}.scope`,
    out: { containerId: A, runtime: 'containerd', unit: `nerdctl-${A}.scope`, slice: 'system.slice' },
  },
  { name: 'containerd, its own namespace', in: `/sys/fs/cgroup/default/${A}`, out: { containerId: A } },
  { name: 'ECS', in: `/ecs/${STATIC}/${A}`, out: { containerId: A } },
  { name: 'ECS on Fargate', in: `/ecs/${STATIC}/${STATIC}-1234567890`, out: { containerId: `${STATIC}-1234567890` } },
  // systemd
  {
    name: 'a service',
    in: '/sys/fs/cgroup/system.slice/ssh.service',
    out: { unit: 'ssh.service', slice: 'system.slice' },
  },
  {
    name: 'a service, v1',
    in: '/sys/fs/cgroup/systemd/system.slice/ssh.service',
    out: { unit: 'ssh.service', slice: 'system.slice' },
  },
  {
    name: 'an instance',
    in: '/system.slice/system-getty.slice/getty@tty1.service',
    out: { unit: 'getty@tty1.service', slice: 'system-getty.slice' },
  },
  {
    name: 'a service with cgroups of its own',
    in: '/system.slice/docker.service/worker',
    out: { unit: 'docker.service', slice: 'system.slice' },
  },
  { name: 'init', in: '/sys/fs/cgroup/init.scope', out: { unit: 'init.scope' } },
  {
    name: 'a session',
    in: '/user.slice/user-1000.slice/session-3.scope',
    out: { unit: 'session-3.scope', slice: 'user-1000.slice' },
  },
  {
    name: "a user's service",
    in: '/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome.slice/pipewire.service',
    out: { unit: 'user@1000.service', slice: 'user-1000.slice', userUnit: 'pipewire.service' },
  },
  { name: 'a slice alone', in: '/sys/fs/cgroup/system.slice', out: { slice: 'system.slice' } },
  { name: 'an escaped name', in: '/system.slice/_cpu.service', out: { unit: 'cpu.service', slice: 'system.slice' } },
  {
    name: "the host's root elsewhere",
    in: '/host/root/sys/fs/cgroup/unified/system.slice/cron.service',
    out: { unit: 'cron.service', slice: 'system.slice' },
  },
  // nothing to say
  { name: 'the root', in: '/sys/fs/cgroup', out: {} },
  { name: 'the root, hybrid', in: '/sys/fs/cgroup/unified', out: {} },
  { name: 'a cgroup of no known layout', in: '/sys/fs/cgroup/unified/foo/bar', out: {} },
  { name: 'a name that only begins like a controller', in: '/sys/fs/cgroup/memory-hogs/x.service', out: {} },
  { name: 'hex that is no id', in: `/docker/${A.slice(1)}`, out: {} },
  { name: 'upper case is no id', in: `/docker/${A.toUpperCase()}`, out: {} },
  { name: 'unknown', in: 'unknown_cgroup_id:12345', out: {} },
  { name: 'nothing', in: '', out: {} },
];
for (const { name, in: path, out } of cases) it(name, () => assert.deepEqual(cgroupFacts(path), out));

it('takes any text, and does not hang', () => {
  const pieces = [
    '/',
    '-',
    ':',
    '.',
    'pod',
    'docker',
    A,
    SLICE_UID,
    '.slice',
    '.scope',
    'user@1.service',
    '_',
    'sys/fs/cgroup',
    '🙂',
  ];
  for (let round = 0; round < 5000; round++) {
    const length = Math.floor(Math.random() * 12);
    const path = Array.from({ length }, () => pieces[Math.floor(Math.random() * pieces.length)]).join('');
    for (const value of Object.values(cgroupFacts(path))) assert.ok(typeof value === 'string' && value !== '', path);
  }
  cgroupFacts('/a'.repeat(2000));
  cgroupFacts(`/${'a-'.repeat(2000)}`);
});
