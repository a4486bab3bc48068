/** The registry: every component of the agent, one line each. */
import { debug } from '../exporters/debug/index.ts';
import { otlpHttp } from '../exporters/otlp_http/index.ts';
import { prometheus } from '../exporters/prometheus/index.ts';
import { cgroup } from '../processors/cgroup/index.ts';
import { decode } from '../processors/decode/index.ts';
import { resourceDetection } from '../processors/resource_detection/index.ts';
import { ebpf } from '../receivers/ebpf/index.ts';
import type { Components } from './config.ts';

export const components: Components = {
  receivers: [ebpf],
  processors: [cgroup, decode, resourceDetection],
  exporters: [debug, otlpHttp, prometheus],
  extensions: [],
};
