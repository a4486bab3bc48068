/** What each detector can say (OpenTelemetry resource conventions), and whether it says it unless told otherwise. */

export const DETECTORS = ['env', 'system', 'host', 'os', 'process', 'container'] as const;
export type DetectorName = (typeof DETECTORS)[number];

/** host.id is the machine id, which machine-id(5) calls confidential. */
const host = { 'host.name': true, 'host.arch': true, 'host.id': false };
const os = { 'os.type': true, 'os.version': true };

/** `env` says whatever the environment has. */
export const ATTRIBUTES: Readonly<Record<Exclude<DetectorName, 'env'>, Readonly<Record<string, boolean>>>> = {
  system: { ...host, 'os.type': true, 'os.version': false },
  host,
  os,
  process: {
    'process.pid': true,
    'process.executable.name': true,
    'process.executable.path': true,
    'process.owner': true,
    'process.command': true,
    // Arguments may hold secrets.
    'process.command_args': false,
    'process.runtime.name': true,
    'process.runtime.version': true,
    'process.runtime.description': true,
  },
  container: { 'container.id': true },
};

/** Detectors of the collector that this agent does not have. */
export const ELSEWHERE = [
  'aks',
  'akamai',
  'alibaba_ecs',
  'azure',
  'consul',
  'digitalocean',
  'docker',
  'dynatrace',
  'ec2',
  'ecs',
  'eks',
  'elastic_beanstalk',
  'elasticbeanstalk',
  'gce',
  'gcp',
  'gke',
  'heroku',
  'hetzner',
  'ibmcloud',
  'k8s_api',
  'k8snode',
  'kubeadm',
  'lambda',
  'nova',
  'openshift',
  'oraclecloud',
  'scaleway',
  'tencent_cvm',
  'upcloud',
  'vultr',
];
